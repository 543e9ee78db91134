import { chown, readFile, realpath, stat } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'
import { writeWhole } from '../base/files.ts'
import { addInclude, removeInclude } from './edit-includes.ts'
import { readKasFile } from './kas-file.ts'

/** What an edit of a kas file did, or with `check` would do. */
export interface FileEdit {
  path: string
  changed: boolean
}

/**
 * Adds `include` to `header.includes` of the kas file at `path`, or takes it out. Everything else of the file
 * stays byte for byte; mode, owner and a link to the file stay as well. The file is replaced whole, so that a
 * crash leaves the old or the new one. When somebody else wrote it in the meantime, their text is edited instead.
 * @throws HardenError usage `KAS_EDIT_REFUSED`, and those of `readKasFile`.
 */
export async function editIncludes(
  path: string,
  action: 'add' | 'remove',
  include: string,
  options: { check?: boolean } = {}
): Promise<FileEdit> {
  readKasFile(path, undefined, false) // says what is wrong with a file that is no kas file
  const real = await realpath(path)
  const edit = action === 'add' ? addInclude : removeInclude
  for (let tries = 0; tries < maxTries; tries++) {
    const bytes = await readFile(real)
    const { mark, text } = decode(bytes, path)
    const edited = edit(text, include, { path, json: path.endsWith('.json') })
    if (edited === text || options.check) return { path, changed: edited !== text }
    if (!(await readFile(real)).equals(bytes)) continue
    const { mode, uid, gid } = await stat(real)
    await writeWhole(real, mark + edited, mode & 0o7777)
    const now = await stat(real)
    if (now.uid !== uid || now.gid !== gid) await chown(real, uid, gid).catch(() => undefined)
    return { path, changed: true }
  }
  throw refused(path, 'another program keeps writing it')
}

const maxTries = 5

/** The text without its byte order mark, which stays where it is. */
function decode(bytes: Buffer, path: string): { mark: string; text: string } {
  const whole = bytes.toString('utf8')
  if (!Buffer.from(whole).equals(bytes)) throw refused(path, 'it is not UTF-8 text')
  const mark = whole.startsWith('\ufeff') ? '\ufeff' : ''
  const text = whole.slice(mark.length)
  // To PyYAML these end a line, to most editors and to our syntax tree they do not.
  if (/\r(?!\n)|[\u0085\u2028\u2029]/.test(text)) {
    throw refused(path, 'it has line breaks other than LF and CRLF')
  }
  return { mark, text }
}

function refused(path: string, why: string): HardenError {
  return new HardenError('usage', 'KAS_EDIT_REFUSED', `${path} is not edited: ${why}.`, {
    path,
    hint: 'Name the overlay on the command line instead: first.yml:kas-harden/harden.yml'
  })
}
