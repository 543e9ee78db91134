import type { CheckContext } from '../check-context.ts'
import { mergedDropIns } from './glob.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'

const directories = ['/etc/sysusers.d', '/run/sysusers.d', '/usr/local/lib/sysusers.d', '/usr/lib/sysusers.d']

/**
 * What sysusers.d(5) creates at boot: `g` and `u` lines as key `g` (a `u` line makes its group too) with the
 * name, `m` lines as key `m` with `user group`.
 */
export async function readSysusers({ image }: CheckContext): Promise<readonly Setting[]> {
  const settings: Setting[] = []
  for (const path of mergedDropIns(image, directories, (name) => name.endsWith('.conf'))) {
    for (const line of (await readLines(image, path)) ?? []) {
      const [type = '', name = '', id = ''] = line.text.trim().split(/\s+/)
      if (type === 'g' || (/^u!?$/.test(type) && !/^\d+:[^\d]/.test(id)))
        settings.push({ ...line, key: 'g', value: name })
      else if (type === 'm') settings.push({ ...line, key: 'm', value: `${name} ${id}` })
    }
  }
  return settings
}
