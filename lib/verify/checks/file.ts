import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'
import { globImage } from '../readers/glob.ts'

const inProgramDirectory = /^\/(?:usr\/)?(?:local\/)?s?bin\/[^/]+$/

/** Whether a file is there, and what its text says outside comments. */
export async function checkFile(check: CheckOf<'file'>, context: CheckContext): Promise<Outcome> {
  const { image } = context
  const { path, state } = check
  if (path.includes('*') && check.matches === undefined && state === 'present') {
    const files = globImage(image, path).filter((one) => image.stat(one)?.type === 'file')
    const parts = await Promise.all(files.map((one) => checkFile({ ...check, path: one }, context)))
    return combined(parts, `${files.length} files of ${path} read as wanted`)
  }
  const entry = image.stat(path)
  const evidence = [{ path }]
  if (state === 'absent') {
    return image.lstat(path)
      ? failed(`${path} is in the image`, evidence)
      : passed(`${path} is not in the image`)
  }
  if (state === 'empty') {
    if (!image.lstat(path)) return passed(`${path} is not in the image`)
    const names = entry?.type === 'directory' ? image.list(path) : []
    if (names.length > 0) {
      const inside = names.map((name) => ({ path: `${path}/${name}` }))
      return failed(`${path} is not empty: ${names.slice(0, 5).join(', ')}`, inside)
    }
    const isEmpty = entry?.type === 'directory' || (entry?.type === 'file' && entry.size === 0)
    return isEmpty ? passed(`${path} is empty`, evidence) : failed(`${path} is not empty`, evidence)
  }
  if (!entry) return failed(`${path} is not in the image`)
  if (entry.type !== 'file' && entry.type !== 'directory') return failed(`${path} is no file`, evidence)
  const name = entry.path.slice(entry.path.lastIndexOf('/') + 1)
  if (
    inProgramDirectory.test(path) &&
    (entry.type !== 'file' || (entry.mode & 0o111) === 0 || entry.size === 0)
  )
    return failed(`${path} is no program that can be run`, evidence)
  if (inProgramDirectory.test(path) && /^(?:true|false|nologin)$/.test(name))
    return failed(`${path} is ${entry.path}, which does nothing`, evidence)
  const matches = check.matches ?? []
  const notMatches = check.notMatches ?? []
  if (matches.length === 0 && notMatches.length === 0) return passed(`${path} is in the image`, evidence)

  const text = (await image.readText(path)) ?? ''
  // What must be there may not hide behind a `#`; what must not be there counts unless its line is a comment.
  const bare = stripped(text, /(?:^|\s)#.*$/)
  const lines = stripped(text, /^\s*#.*$/)
  const parts = [
    ...matches.map((pattern) => {
      const found = new RegExp(pattern, 'mu').exec(bare)
      return found
        ? passed(`${path} has ${pattern}`, [placed(path, bare, found)])
        : failed(`${path} does not match ${pattern}`, evidence)
    }),
    ...notMatches.map((pattern) => {
      const found = new RegExp(pattern, 'mu').exec(lines)
      return found
        ? failed(`${path} matches ${pattern}`, [placed(path, lines, found)])
        : passed(`${path} has no ${pattern}`)
    })
  ]
  return combined(parts, `${path} reads as wanted`)
}

/** The text with comments cut out, line numbers kept. */
function stripped(text: string, comment: RegExp): string {
  return text
    .split('\n')
    .map((line) => line.replace(comment, ''))
    .join('\n')
}

function placed(
  path: string,
  text: string,
  found: RegExpExecArray
): { path: string; line: number; value: string } {
  return { path, line: text.slice(0, found.index).split('\n').length, value: found[0] }
}
