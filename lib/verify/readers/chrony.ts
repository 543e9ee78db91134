import type { CheckContext } from '../check-context.ts'
import { mergedDropIns, globImage } from './glob.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'
import { environmentOf, expandVariables, splitCommand } from './unit-commands.ts'
import { readUnits } from './units.ts'

const maxDepth = 10

/** What chronyd reads, or why it reads nothing. */
export type ChronyConfig = { settings: readonly Setting[] } | { absent: string }

/**
 * Every directive of chronyd in reading order: /etc/chrony/chrony.conf, `include` with patterns in place,
 * `confdir` (*.conf) in place, `sourcedir` (*.sources) at the end; several directories on one line are
 * merged by file name, the first directory wins. The unit may name another file (`-f`); directives on its
 * command line replace the file, and with -x, -q or -Q chronyd sets no clock (chronyd(8)).
 */
export async function readChrony(context: CheckContext): Promise<ChronyConfig> {
  const { image } = context
  const { file, problem } = await commandLine(context)
  if (problem !== undefined) return { absent: problem }
  if (image.stat(file) === undefined) return { absent: `there is no ${file} in the image` }
  const settings: Setting[] = []
  const sourceDirectories: string[] = []

  async function readFile(path: string, depth: number): Promise<void> {
    if (depth > maxDepth)
      throw new RangeError(`${path}: include nests deeper than ${maxDepth}, which chronyd refuses`)
    for (const line of (await readLines(image, path)) ?? []) {
      const text = line.text.trim()
      const match = /^([^\s!;#%]\S*)\s*(.*)$/.exec(text)
      if (!match) continue
      const key = (match[1] ?? '').toLowerCase()
      const value = (match[2] ?? '').replace(/\s+/g, ' ')
      if (key === 'include') {
        for (const included of globImage(image, value)) await readFile(included, depth + 1)
      } else if (key === 'confdir') {
        const files = mergedDropIns(image, value.split(' '), (name) => name.endsWith('.conf'))
        for (const included of files) await readFile(included, depth + 1)
      } else if (key === 'sourcedir') sourceDirectories.push(...value.split(' '))
      else settings.push({ ...line, key, value })
    }
  }

  await readFile(file, 0)
  for (const path of mergedDropIns(image, sourceDirectories, (name) => name.endsWith('.sources'))) {
    await readFile(path, 1)
  }
  return { settings }
}

/** What chrony.service hands to chronyd, `$DAEMON_OPTS` of its EnvironmentFile included. */
async function commandLine(context: CheckContext): Promise<{ file: string; problem?: string }> {
  const file = '/etc/chrony/chrony.conf'
  const unit = await (await context.read(readUnits)).load('chrony.service')
  const start = unit?.values('Service', 'ExecStart').at(-1)
  if (!unit || !start || !/chronyd$/.test(splitCommand(start.value)[0] ?? '')) return { file }
  const environment = await environmentOf(context, unit)
  const words = splitCommand(start.value).flatMap((word) => expandVariables(word, environment))
  let named = file
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) return { file, problem: `chronyd is given "${word}" instead of a file` }
    if (/^-[a-zA-Z46]*[xqQp]/.test(word))
      return { file, problem: `chronyd is started with ${word} and sets no clock` }
    const [, option, value] = /^-([fFPlLurTt])(.*)$/.exec(word) ?? []
    if (option === undefined) continue
    const given = value === '' ? words[++at] : value
    if (option === 'f') named = given ?? file
  }
  return { file: named }
}
