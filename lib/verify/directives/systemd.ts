import { systemdBytes, systemdSeconds } from '../quantities.ts'
import { readSystemdConf } from '../readers/systemd-conf.ts'
import type { DirectiveSourceReader } from './reading.ts'

/** A reader for one of systemd's own configuration files and its usual section. */
export function systemdKeyReader(file: string, section: string): DirectiveSourceReader {
  return async (check, context) => {
    const effective = await readSystemdConf(context, file, check.section ?? section, check.key)
    const bytes = /(?:Use|Free|Size|SizeMax|FileSize|Limit)$/.test(check.key) && !/Sec$/.test(check.key)
    return {
      effective,
      style: {
        booleans: 'systemd',
        off: (value) => value === 'infinity' || (/Sec$/.test(check.key) && systemdSeconds(value) === 0),
        quantity: bytes ? systemdBytes : systemdSeconds
      }
    }
  }
}
