import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { readAide } from '../readers/aide.ts'
import type { Reading } from './reading.ts'

/**
 * aide.conf(5) with its includes. The key `rules` gives the selection lines as one text; of other keys the
 * last value counts, except `report_url`, which collects.
 */
export async function readAideKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const aide = await context.read(readAide)
  if (!aide) return { effective: [], absent: 'there is no aide.conf in the image' }
  if (check.key === 'rules') return { effective: aide.rules, asText: true }
  const own = aide.settings.filter((one) => one.key === check.key)
  return { effective: check.key === 'report_url' ? own : own.slice(-1), style: { booleans: 'systemd' } }
}
