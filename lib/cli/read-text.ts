import { readFile } from 'node:fs/promises'
import { HardenError, messageOf } from '../base/errors.ts'

/**
 * Text of a file the user named.
 * @throws HardenError `FILE_UNREADABLE` (usage).
 */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new HardenError('usage', 'FILE_UNREADABLE', `The file can't be read: ${messageOf(error)}`, {
      path,
      hint: 'Check the path on the command line.',
      cause: error
    })
  }
}
