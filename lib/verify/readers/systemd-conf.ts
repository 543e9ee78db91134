import type { CheckContext } from '../check-context.ts'
import { mergedDropIns } from './glob.ts'
import { afterResets, parseIni } from './ini.ts'
import type { IniSetting } from './ini.ts'
import { readLines } from './lines.ts'

/** Where systemd's programs look for configuration, highest priority first. */
const directories = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd'] as const

/** Keys that collect over several lines instead of being replaced. */
const lists = new Set([
  'NTP',
  'FallbackNTP',
  'DefaultEnvironment',
  'PassEnvironment',
  'ManagerEnvironment',
  'DNSStubListenerExtra'
])

/**
 * The effective values of one key of a systemd program's own file: the main file first, then all drop-ins
 * sorted by name, the last value wins and an empty one resets (journald.conf(5), "Configuration Directories").
 * @param name `journald.conf`
 */
export async function readSystemdConf(
  { image }: CheckContext,
  name: string,
  section: string,
  key: string
): Promise<readonly IniSetting[]> {
  const main = directories.map((one) => `${one}/${name}`).find((path) => image.stat(path)?.type === 'file')
  const dropIns = mergedDropIns(
    image,
    directories.map((one) => `${one}/${name}.d`),
    (file) => file.endsWith('.conf') && !file.startsWith('.')
  )
  const settings: IniSetting[] = []
  for (const path of [...(main === undefined ? [] : [main]), ...dropIns]) {
    settings.push(...parseIni((await readLines(image, path)) ?? []))
  }
  const own = afterResets(settings.filter((one) => one.section === section && one.key === key))
  return lists.has(key) ? own : own.slice(-1)
}
