import * as v from 'valibot'
import { damaged } from './limits.ts'

const Digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))
const Descriptor = v.object({
  digest: Digest,
  mediaType: v.optional(v.string(), ''),
  platform: v.optional(v.object({ architecture: v.string(), os: v.string() }))
})
const Index = v.object({ manifests: v.pipe(v.array(Descriptor), v.minLength(1)) })
const Manifest = v.object({ layers: v.array(Descriptor) })
const DockerManifest = v.pipe(
  v.array(v.object({ Layers: v.array(v.pipe(v.string(), v.regex(/^[\w.-]+(?:\/[\w.-]+)*$/))) })),
  v.minLength(1)
)

/** The layers of the chosen image, lowest first, by their names in the store. */
export interface OciImage {
  layers: readonly string[]
  /** Images in the layout beside the one chosen. */
  others: number
}

/** Where a blob of that digest lies in a layout, OCI image layout specification. */
function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

/** Indexes in indexes; the specification sets no limit. */
const maximumDepth = 4

/**
 * The layers of the first image for Linux in an OCI layout (index.json), or of the first in an archive of
 * `docker save` without one (manifest.json).
 * @param read text of a file of the layout, undefined when it is not there
 * @throws HardenError `IMAGE_DAMAGED` when a document is missing or not as specified.
 */
export async function readOciManifest(
  path: string,
  read: (name: string) => Promise<string | undefined>
): Promise<OciImage> {
  async function document<T>(name: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
    const text = await read(name)
    if (text === undefined) throw damaged(path, `${name} is missing.`)
    try {
      return v.parse(schema, JSON.parse(text))
    } catch (error) {
      throw damaged(path, `${name} is not as the OCI specification or docker has it.`, error)
    }
  }

  if ((await read('index.json')) === undefined) {
    const images = await document('manifest.json', DockerManifest)
    return { layers: images[0]?.Layers ?? [], others: images.length - 1 }
  }
  let name = 'index.json'
  let others = 0
  for (let depth = 0; depth < maximumDepth; depth += 1) {
    const { manifests } = await document(name, Index)
    const fit = manifests.filter(({ platform }) => platform === undefined || platform.os === 'linux')
    const chosen = fit[0]
    if (!chosen) break
    others += fit.length - 1
    name = blobName(chosen.digest)
    if (/index|manifest\.list/.test(chosen.mediaType)) continue
    const { layers } = await document(name, Manifest)
    return { layers: layers.map(({ digest }) => blobName(digest)), others }
  }
  throw damaged(path, 'its index leads to no image for Linux.')
}
