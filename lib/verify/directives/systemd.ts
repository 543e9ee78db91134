import type { CheckContext } from '../check-context.ts'
import { systemdBytes, systemdSeconds } from '../quantities.ts'
import type { Setting } from '../readers/lines.ts'
import { readUnits } from '../readers/units.ts'
import { readSystemdConf } from '../readers/systemd-conf.ts'
import type { DirectiveSourceReader } from './reading.ts'

/**
 * A reader for one of systemd's own configuration files and its usual section.
 * @param service the unit that reads it; when that is masked nobody does.
 */
export function systemdKeyReader(file: string, section: string, service?: string): DirectiveSourceReader {
  return async (check, context) => {
    if (service !== undefined && (await (await context.read(readUnits)).load(service))?.masked) {
      return { effective: [], absent: `${service}, which reads ${file}, is masked` }
    }
    const effective = await readSystemdConf(context, file, check.section ?? section, check.key)
    const bytes = /(?:Use|Free|Size|SizeMax|FileSize|Limit)$/.test(check.key) && !/Sec$/.test(check.key)
    return {
      effective,
      overrides: check.key === 'KillUserProcesses' ? await exceptions(context, file, section) : [],
      style: {
        booleans: 'systemd',
        off: (value) => value === 'infinity' || (/Sec$/.test(check.key) && systemdSeconds(value) === 0),
        quantity: bytes ? systemdBytes : systemdSeconds
      }
    }
  }
}

/** People whose processes logind leaves alone whatever KillUserProcesses= says (logind.conf(5)). */
async function exceptions(context: CheckContext, file: string, section: string): Promise<readonly Setting[]> {
  const spared = await readSystemdConf(context, file, section, 'KillExcludeUsers')
  const only = await readSystemdConf(context, file, section, 'KillOnlyUsers')
  const others = (value: string): boolean => value.split(/\s+/).some((name) => name !== '' && name !== 'root')
  return [
    ...spared.filter(({ value }) => others(value)),
    ...only.filter(({ value }) => value.trim() !== '')
  ].map((one) => ({ ...one, value: `no (${one.key}=${one.value})` }))
}
