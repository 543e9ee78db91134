import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { absent, failed, passed, undecided } from '../check-context.ts'
import { globalsOf, readSwupdateStart } from '../readers/swupdate.ts'

const program = '/usr/bin/swupdate'
const programLimit = 64 * 2 ** 20
const keyLimit = 2 ** 20

/** What a SWUpdate that can verify says without a key (swupdate.c, CONFIG_SIGNED_IMAGES). */
const signedImages = 'SWUpdate is built for signed images'

/** Names of published keys: isar-cip-core's and Debian's test keys. */
const testKey = /snake[- ]?oil|do not (?:trust|ship)/i

/** SWUpdate takes packages only with a signature by a key of the image. */
export async function checkSwupdate(check: CheckOf<'swupdate'>, context: CheckContext): Promise<Outcome> {
  const { image } = context
  const binary = await image.read(program, programLimit)
  if (!binary) {
    return check.expected?.includes('swupdate')
      ? failed(`The product should have swupdate, and the image has no ${program}`)
      : absent(`The image has no ${program}`)
  }
  if (!binary.includes(signedImages))
    return failed(`${program} is built without signatures (CONFIG_SIGNED_IMAGES)`, [{ path: program }])

  const start = await context.read(readSwupdateStart)
  const evidence: Evidence[] = []
  let key: string
  if (start.key) {
    key = start.key.text
    evidence.push({ path: start.key.path, line: start.key.line, value: key })
  } else {
    const text = await image.readText(start.configuration, keyLimit)
    const keys = text === undefined ? [] : globalsOf(text, 'public-key-file')
    evidence.push({ path: start.configuration, value: keys.join(' ') })
    if (keys.length !== 1 || keys[0] === undefined || keys[0] === '') {
      const why = keys.length > 1 ? 'more than one public-key-file' : 'no public-key-file'
      return failed(`${start.configuration} has ${why} and nothing gives swupdate a key`, evidence)
    }
    key = keys[0]
  }
  return judgeKey(key, evidence, context)
}

async function judgeKey(key: string, evidence: readonly Evidence[], context: CheckContext): Promise<Outcome> {
  const { image, exec } = context
  const entry = image.stat(key)
  if (!key.startsWith('/')) return undecided(`The key '${key}' is no absolute path`, evidence)
  if (entry?.type !== 'file') return failed(`The key ${key} is not in the image`, evidence)
  if (entry.uid !== 0 || (entry.mode & 0o022) !== 0)
    return failed(`The key ${key} can be changed by others than root`, [...evidence, { path: entry.path }])
  if (testKey.test(entry.path)) return failed(`${key} is a test key everybody has`, evidence)
  const pem = await image.read(key, keyLimit)
  const done = await exec.run('openssl', ['x509', '-noout', '-subject'], { input: pem ?? Buffer.alloc(0) })
  if (done.exitCode !== 0) {
    const plain = await exec.run('openssl', ['pkey', '-pubin', '-noout'], { input: pem ?? Buffer.alloc(0) })
    return plain.exitCode === 0
      ? passed(`swupdate verifies with the public key ${key}`, evidence)
      : failed(`${key} is neither a certificate nor a public key`, [...evidence, { path: entry.path }])
  }
  const subject = done.stdout.toString('utf8').trim()
  return testKey.test(subject)
    ? failed(`${key} is a test key everybody has: ${subject}`, evidence)
    : passed(`swupdate verifies with the certificate ${key} (${subject})`, evidence)
}
