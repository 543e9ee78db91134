import type { Io } from '../base/io.ts'
import { openImage } from '../image/open-image.ts'
import { generateSbom } from '../../sbom/generate.ts'
import type { Sbom, SbomOptions } from '../../sbom/options.ts'

/**
 * SBOM of an image file. SOURCE_DATE_EPOCH is its time stamp; without it the
 * document has none, so that the same image always gives the same bytes.
 */
export async function describeImage(path: string, io: Io, options: SbomOptions = {}): Promise<Sbom> {
  const epoch = io.env['SOURCE_DATE_EPOCH']
  const timestamp = epoch && /^\d+$/.test(epoch) ? new Date(Number(epoch) * 1000) : undefined
  const image = await openImage(path, io, { walk: 'on-demand' })
  try {
    return await generateSbom(image, { timestamp, ...options })
  } finally {
    await image.close()
  }
}
