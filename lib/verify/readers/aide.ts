import { byCodeUnit } from '../../base/text.ts'
import type { CheckContext } from '../check-context.ts'
import { readLines } from './lines.ts'
import type { Setting } from './lines.ts'

/** What AIDE reads. */
export interface AideConfig {
  /** `name = value` lines, groups among them, in order. */
  settings: readonly Setting[]
  /** Selection lines: `/etc Full`, `!/etc/mtab`. */
  rules: readonly Setting[]
  /** Executable files of an include directory: AIDE runs them, we can't know what they print. */
  generated: readonly string[]
}

const maxDepth = 16

/**
 * Reads /etc/aide/aide.conf with `@@include FILE`, `@@include DIR REGEX` and `@@x_include` in place
 * (names sorted). Undefined without an aide.conf.
 */
export async function readAide({ image }: CheckContext): Promise<AideConfig | undefined> {
  const main = '/etc/aide/aide.conf'
  if (image.stat(main) === undefined) return undefined
  const result = { settings: [] as Setting[], rules: [] as Setting[], generated: [] as string[] }
  const defines = new Map<string, string>()

  const conditions: ('yes' | 'no' | 'maybe')[] = []
  const opposite = { yes: 'no', no: 'yes', maybe: 'maybe' } as const

  function follow(word: string, rest: string): void {
    const last = conditions.pop()
    if (word === 'endif') return
    if (word === 'else') {
      conditions.push(opposite[last ?? 'maybe'])
      return
    }
    if (last !== undefined) conditions.push(last)
    const [, not, name] = /^(?:(not)\s+)?(?:defined\s+)?(\w+)$/.exec(rest) ?? []
    const isKnown = name !== undefined && (word === 'ifdef' || word === 'ifndef' || /\bdefined\b/.test(rest))
    const holds = name !== undefined && defines.has(name)
    const wanted = (word === 'ifndef') === (not === undefined) ? !holds : holds
    conditions.push(isKnown ? (wanted ? 'yes' : 'no') : 'maybe')
  }

  async function include(
    target: string,
    pattern: string | undefined,
    runs: boolean,
    depth: number
  ): Promise<void> {
    const matcher = pattern === undefined ? undefined : plainPattern(pattern)
    const names = matcher ? image.list(target).filter((name) => matcher.test(name)) : undefined
    const paths = names ? [...names].sort(byCodeUnit).map((name) => `${target}/${name}`) : [target]
    for (const path of paths) {
      const entry = image.stat(path)
      if (runs && entry?.type === 'file' && (entry.mode & 0o111) !== 0) result.generated.push(path)
      else await readFile(path, depth + 1)
    }
  }

  async function readFile(path: string, depth: number): Promise<void> {
    if (depth > maxDepth) throw new RangeError(`${path}: includes nest deeper than ${maxDepth}`)
    for (const raw of (await readLines(image, path)) ?? []) {
      const text = raw.text.replace(/@@\{(\w+)\}/g, (_, name: string) => defines.get(name) ?? '').trim()
      if (text === '' || text.startsWith('#')) continue
      const line = { ...raw, text }
      const condition = /^@@(if\w*|else|endif)\b\s*(.*)$/.exec(text)
      if (condition) {
        follow(condition[1] ?? '', condition[2] ?? '')
        continue
      }
      if (conditions.includes('no')) continue
      // Under a condition nobody can judge, what leaves out may hold, and what watches may not.
      if (conditions.includes('maybe') && /^[/=]/.test(text)) continue
      const included = /^@@(x_include|include)\s+(\S+)(?:\s+(\S+))?/.exec(text)
      const defined = /^@@define\s+(\w+)\s*(.*)$/.exec(text)
      const assigned = /^([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(text)
      if (included) await include(included[2] ?? '', included[3], included[1] === 'x_include', depth)
      else if (defined) defines.set(defined[1] ?? '', defined[2] ?? '')
      else if (/^[/!=-]/.test(text)) result.rules.push({ ...line, key: 'rules', value: text })
      else if (assigned) result.settings.push({ ...line, key: assigned[1] ?? '', value: assigned[2] ?? '' })
    }
  }

  await readFile(main, 0)
  return result
}

/** A pattern of the image as a regular expression, when it is plain enough not to run for ever. */
function plainPattern(pattern: string): RegExp {
  const quantifiers = pattern.match(/[*+?{]/g)?.length ?? 0
  if (pattern.length > 200 || quantifiers > 3 || /[(\\]/.test(pattern)) {
    throw new RangeError(
      `aide.conf includes files by the pattern ${pattern.slice(0, 80)}, which we do not run`
    )
  }
  return new RegExp(pattern)
}
