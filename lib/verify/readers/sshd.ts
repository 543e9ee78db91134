import type { CheckContext } from '../check-context.ts'
import { globImage } from './glob.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'
import { otherServers, sshdCommandLine } from './sshd-command-line.ts'
import { isCollected, sshdKeyword, splitSshdLine } from './sshd-syntax.ts'

/** A setting of sshd and the Match line it stands under, if any. */
export interface SshdSetting extends Setting {
  /** The conditions of the Match block; undefined for settings that hold for everybody. */
  match?: string
  /** Where it comes from the command line: the option that brought it. */
  option?: 'o' | 'p'
}

/** What sshd will read, in its order. */
export interface SshdConfig {
  /** Every setting in reading order. */
  settings: readonly SshdSetting[]
  /** What holds for everybody: the first value, or all for keywords that collect. */
  global(keyword: string): readonly SshdSetting[]
  /** What Match blocks set, each of which overrides the global value where it applies. */
  conditional(keyword: string): readonly SshdSetting[]
}

const maxDepth = 16
const maxFiles = 2000

/**
 * Reads the configuration sshd starts with: options of the unit's command line first (they win), then
 * sshd_config(5) with Include in place, names sorted. A Match block ends with its file.
 * @throws RangeError when includes nest deeper than sshd allows or are too many.
 */
export async function readSshd(context: CheckContext): Promise<SshdConfig> {
  const { image } = context
  const start = await sshdCommandLine(context)
  const settings: SshdSetting[] = [...start.settings]
  let files = 0

  async function readFile(path: string, depth: number, outer: string | undefined): Promise<void> {
    if (depth > maxDepth)
      throw new RangeError(`${path}: Include nests deeper than ${maxDepth}, which sshd refuses`)
    if (++files > maxFiles) throw new RangeError(`sshd_config includes more than ${maxFiles} files`)
    let match = outer
    for (const line of (await readLines(image, path)) ?? []) {
      const parts = splitSshdLine(line.text)
      if (!parts) continue
      const { keyword, values } = parts
      if (keyword === 'match') {
        const conditions = values.join(' ')
        match = outer === undefined ? conditions : `${outer} and ${conditions}`
      } else if (keyword === 'include') {
        for (const pattern of values) {
          const absolute = pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`
          for (const included of globImage(image, absolute)) await readFile(included, depth + 1, match)
        }
      } else {
        const value = values.join(' ')
        settings.push({ ...line, key: keyword, value, ...(match === undefined ? {} : { match }) })
      }
    }
  }

  await readFile(start.configFile, 0, undefined)
  // Another server listens to some people only, as a Match block does; what it inherits is known already.
  for (const [unit, server] of await otherServers(context)) {
    const match = `the server of ${unit}`
    settings.push(...server.settings.map((one) => ({ ...one, match })))
    if (server.configFile !== start.configFile) await readFile(server.configFile, 0, match)
  }
  return {
    settings,
    global(keyword) {
      const key = sshdKeyword(keyword)
      const all = settings.filter((one) => one.key === key && one.match === undefined)
      return isCollected(key) ? all : all.slice(0, 1)
    },
    conditional(keyword) {
      const key = sshdKeyword(keyword)
      return settings.filter((one) => one.key === key && one.match !== undefined)
    }
  }
}
