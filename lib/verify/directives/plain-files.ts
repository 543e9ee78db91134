import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { lastOf } from '../readers/key-value.ts'
import type { Setting } from '../readers/lines.ts'
import { readLines } from '../readers/lines.ts'
import type { Reading } from './reading.ts'

/**
 * login.defs(5) as shadow's getdef reads it: the last line of a key counts, keys by their exact case,
 * a `#` starts a comment only at the start of a line (so `UMASK 027 # why` is no number).
 */
export async function readLoginDefsKey(
  check: CheckOf<'directive'>,
  { image }: CheckContext
): Promise<Reading> {
  const lines = (await readLines(image, '/etc/login.defs')) ?? []
  const settings: Setting[] = []
  for (const line of lines) {
    const match = /^[ \t]*([^ \t#][^ \t]*)[ \t]+(.*)$/.exec(line.text.trimEnd())
    if (match)
      settings.push({
        ...line,
        key: match[1] ?? '',
        value: (match[2] ?? '').replace(/^[ "\t]+/, '').replace(/".*$/, '')
      })
  }
  return {
    effective: lastOf(settings, check.key),
    style: { ignoreCase: true, off: (value) => value.startsWith('-') }
  }
}

/** /etc/default/useradd: `KEY=value`, the last one counts. */
export async function readUseraddKey(check: CheckOf<'directive'>, { image }: CheckContext): Promise<Reading> {
  const lines = (await readLines(image, '/etc/default/useradd')) ?? []
  const settings = lines.flatMap((line) => {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.text)
    return match ? [{ ...line, key: match[1] ?? '', value: (match[2] ?? '').trim() }] : []
  })
  return { effective: lastOf(settings, check.key), style: { off: (value) => value.startsWith('-') } }
}
