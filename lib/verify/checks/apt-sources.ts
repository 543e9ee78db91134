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
  /^(?:#include|rootdir|apt::key::gpgvcommand|dir::bin::(?:apt-key|gpg|gpgv|dpkg|methods)|dir(?:::etc(?:::(?:source|trusted|main|parts).*)?)?)$/

const unsafeSourceOptions = ['trusted', 'allow-insecure', 'allow-weak', 'allow-downgrade-to-insecure']

/** Every package source is authenticated and no option switches that off. */
export async function checkAptSources(_: CheckOf<'apt-sources'>, context: CheckContext): Promise<Outcome> {
  const sources = await context.read(readAptSources)
  const conf = await context.read(readAptConf)
  // What is said for one of the programs of apt (Binary::apt-get::…) holds when that program runs.
  const plain = conf.map((one) => ({ ...one, key: one.key.replace(/^binary::[^:]+::/, '') }))
  const options = unsafe.flatMap((key) => {
    const own = plain.filter((one) => one.key === key)
    const last = own.findLast(({ text }) => !/binary::/i.test(text))
    return own.filter((one) => isTrue(one.value) && (one === last || /binary::/i.test(one.text)))
  })
  const bad = [
    ...sources.filter(({ key, value }) => unsafeSourceOptions.includes(key) && isTrue(value)),
    ...options,
    ...plain.filter(({ key }) => elsewhere.test(key)),
    ...plain.filter(({ key, value }) => isSwitchedOff(key, value))
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

/** Old lists and other servers are taken for the archive, broken digests for good ones. */
function isSwitchedOff(key: string, value: string): boolean {
  const off = /^(?:no|false|without|off|disable|0)$/i.test(value.trim())
  return (
    (off && /^acquire::(?:check-(?:valid-until|date)|https::(?:.+::)?verify-(?:peer|host))$/.test(key)) ||
    (off && /^apt::hashes::(?:md5|sha1|ripe-?md\/?160)\w*::(?:untrusted|weak)$/.test(key))
  )
}

function isTrue(value: string): boolean {
  // Any number but 0 is true (StringToBool of apt).
  return /^(?:yes|true|with|on|enable|[+-]?0*[1-9]\d*)$/i.test(value.trim())
}
