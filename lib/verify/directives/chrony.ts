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

/** chrony.conf(5) with everything it includes; directives of either case. */
export async function readChronyKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const settings = await context.read(readChrony)
  if (!settings) return { effective: [], absent: 'there is no chrony.conf in the image' }
  const key = check.key.toLowerCase()
  const own = settings.filter((one) => one.key === key)
  return { effective: collected.has(key) ? own : own.slice(-1) }
}
