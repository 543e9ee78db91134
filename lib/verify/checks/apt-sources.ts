import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed } from '../check-context.ts'
import { readAptConf } from '../readers/apt-conf.ts'
import { readAptSources } from '../readers/apt-sources.ts'
import { seen } from '../readers/lines.ts'

/** Options that make apt take what nobody signed (apt.conf(5), apt-secure(8)). */
const unsafe = [
  'apt::get::allowunauthenticated',
  'acquire::allowinsecurerepositories',
  'acquire::allowweakrepositories',
  'acquire::allowdowngradetoinsecurerepositories'
]

/** Options that set another program in gpg's place or take sources from elsewhere (apt.conf(5), apt-key(8)). */
const elsewhere =
  /^(?:apt::key::gpgvcommand|dir::bin::(?:apt-key|gpg|gpgv)|dir(?:::etc(?:::(?:source|trusted).*)?)?)$/

const unsafeSourceOptions = ['trusted', 'allow-insecure', 'allow-weak', 'allow-downgrade-to-insecure']

/** Every package source is authenticated and no option switches that off. */
export async function checkAptSources(_: CheckOf<'apt-sources'>, context: CheckContext): Promise<Outcome> {
  const sources = await context.read(readAptSources)
  const conf = await context.read(readAptConf)
  const options = unsafe.flatMap((key) => {
    const last = conf.findLast((one) => one.key === key)
    return last && isTrue(last.value) ? [last] : []
  })
  const bad = [
    ...sources.filter(({ key, value }) => unsafeSourceOptions.includes(key) && isTrue(value)),
    ...options,
    ...conf.filter(({ key }) => elsewhere.test(key))
  ]
  if (bad.length > 0)
    return failed(
      `apt takes packages nobody signed: ${bad
        .map(({ text }) => text.trim())
        .slice(0, 5)
        .join('; ')}`,
      bad.map(seen)
    )
  return passed('No package source and no option of apt goes without a signature')
}

function isTrue(value: string): boolean {
  return /^(?:yes|true|with|on|enable|1)$/i.test(value.trim())
}
