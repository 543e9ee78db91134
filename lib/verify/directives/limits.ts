import type { CheckOf } from '../../controls/check.ts'
import { byCodeUnit } from '../../base/text.ts'
import type { CheckContext } from '../check-context.ts'
import type { Setting } from '../readers/lines.ts'
import { readLines } from '../readers/lines.ts'
import { moduleLines, readPam } from '../readers/pam.ts'
import type { Reading } from './reading.ts'

/**
 * limits.conf(5), then limits.d in the order of the C locale. The key is `<domain> <type> <item>`; type `-`
 * is soft and hard at once. For the domain `*` the lines of single users and groups are overrides, because
 * pam_limits lets them win; root's are not, since `*` never means root. A line with `conf=` reads that file only.
 */
export async function readLimitsKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const lines = moduleLines(await context.read(readPam), 'pam_limits.so')
  const own = lines.map((line) => line.arguments.findLast((word) => word.startsWith('conf='))?.slice(5))
  const readings: Reading[] = []
  for (const conf of new Set(own.length === 0 ? [undefined] : own))
    readings.push(await readFrom(check, context, conf))
  const [first = { effective: [] }] = readings
  const lacking = readings.find(({ effective }) => effective.length === 0)
  return lacking ?? { ...first, ...together(readings) }
}

function together(readings: readonly Reading[]): Pick<Reading, 'effective' | 'overrides'> {
  return {
    effective: readings.flatMap(({ effective }) => effective),
    overrides: readings.flatMap(({ overrides = [] }) => overrides)
  }
}

async function readFrom(
  check: CheckOf<'directive'>,
  { image }: CheckContext,
  conf: string | undefined
): Promise<Reading> {
  const [domain = '', type = '', item = ''] = check.key.split(/\s+/)
  const directory = '/etc/security/limits.d'
  const files = image
    .list(directory)
    .filter((name) => name.endsWith('.conf'))
    .sort(byCodeUnit)
  const settings: (Setting & { domain: string })[] = []
  const paths =
    conf === undefined
      ? ['/etc/security/limits.conf', ...files.map((name) => `${directory}/${name}`)]
      : [conf]
  for (const path of paths) {
    for (const line of (await readLines(image, path)) ?? []) {
      const words = line.text.replace(/#.*$/, '').trim().split(/\s+/)
      // `<domain> -` alone frees the domain from every limit.
      const free = words.length === 2 && words[1] === '-'
      if (words.length < 4 && !free) continue
      const [name = '', kind = '', what = item, value = 'unlimited'] = words
      const fits = kind === '-' || kind.toLowerCase() === type.toLowerCase()
      if (!fits || what.toLowerCase() !== item.toLowerCase()) continue
      settings.push({ ...line, key: `${name} ${type} ${item}`, value, domain: name })
    }
  }
  const others = settings.filter(
    (one) => one.domain !== domain && one.domain !== 'root' && !one.domain.startsWith('%')
  )
  return {
    effective: settings.filter((one) => one.domain === domain).slice(-1),
    overrides: domain === '*' ? others : [],
    style: { off: (value) => ['-', '-1', 'unlimited', 'infinity'].includes(value.toLowerCase()) }
  }
}
