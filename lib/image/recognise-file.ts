import type { Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { HardenError, messageOf } from '../base/errors.ts'
import type { Form } from './recognise.ts'
import { headSize, readableForms, recognise } from './recognise.ts'

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new HardenError(
        'environment',
        'IMAGE_UNREADABLE',
        `The image ${path} can't be read: ${messageOf(error)}`,
        {
          path,
          cause: error
        }
      )
    }
    throw new HardenError('usage', 'IMAGE_NOT_FOUND', `There is no image at ${path}.`, {
      path,
      hint: `Give the path of ${readableForms}.`,
      cause: error
    })
  }
}

async function headOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headSize), 0, headSize, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new HardenError(
      'environment',
      'IMAGE_UNREADABLE',
      `The image ${path} can't be read: ${messageOf(error)}`,
      {
        path,
        hint: 'Check its permissions.',
        cause: error
      }
    )
  }
}

/**
 * What lies at a path: a directory, or a file with the forms its first bytes match.
 * @throws HardenError `IMAGE_NOT_FOUND`, `IMAGE_NOT_RECOGNISED` (usage), `IMAGE_UNREADABLE` (environment).
 */
export async function recogniseFile(
  path: string
): Promise<'directory' | { size: number; forms: readonly Form[] }> {
  const stats = await statOf(path)
  if (stats.isDirectory()) return 'directory'
  if (!stats.isFile()) {
    throw new HardenError('usage', 'IMAGE_NOT_RECOGNISED', `${path} is neither a file nor a directory.`, {
      path,
      hint: `We read ${readableForms}.`
    })
  }
  return { size: stats.size, forms: recognise(await headOf(path)) }
}
