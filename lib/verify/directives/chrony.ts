import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { readChrony } from '../readers/chrony.ts'
import type { Reading } from './reading.ts'

/** Directives of which every line counts; of all others the last one does (chrony.conf(5)). */
const collected = new Set([
  'server',
  'pool',
  'peer',
  'refclock',
  'allow',
  'deny',
  'cmdallow',
  'cmddeny',
  'initstepslew',
  'mailonchange',
  'ntstrustedcerts',
  'ntsservercert',
  'ntsserverkey',
  'hwtimestamp',
  'broadcast'
])

const sources = new Set(['server', 'pool', 'peer', 'refclock'])

/** chrony.conf(5) with everything it includes; directives of either case. */
export async function readChronyKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const chrony = await context.read(readChrony)
  if ('absent' in chrony) return { effective: [], absent: chrony.absent }
  const key = check.key.toLowerCase()
  const own = chrony.settings.filter(
    // A source that is never selected is none.
    (one) => one.key === key && !(sources.has(key) && /(?:^|\s)noselect(?:\s|$)/.test(one.value))
  )
  return { effective: collected.has(key) ? own : own.slice(-1) }
}
