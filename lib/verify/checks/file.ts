import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'

/** Whether a file is there, and what its text says outside comments. */
export async function checkFile(check: CheckOf<'file'>, { image }: CheckContext): Promise<Outcome> {
  const { path, state } = check
  const entry = image.stat(path)
  const evidence = [{ path }]
  if (state === 'absent') {
    return image.lstat(path)
      ? failed(`${path} is in the image`, evidence)
      : passed(`${path} is not in the image`)
  }
  if (state === 'empty') {
    if (!image.lstat(path)) return passed(`${path} is not in the image`)
    const isEmpty = entry?.type === 'file' && entry.size === 0
    return isEmpty ? passed(`${path} is empty`, evidence) : failed(`${path} is not empty`, evidence)
  }
  if (!entry) return failed(`${path} is not in the image`)
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
