import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withTemporaryDirectory } from '../../base/files.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'

/** Names on keys that everybody has: Debian's ovmf and EDK II, test PKs of vendors. */
const testKey = /snake[- ]?oil|do not (?:trust|ship)|EDK II Test/i

const pem = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/**
 * Whether the signature of an EFI program is of its content, as sbverify(1) says with the certificates it carries
 * itself, and none of those is a test key's. Who may sign is the firmware's to say.
 */
export async function judgeSignature(
  source: string,
  file: Buffer,
  signature: Buffer,
  { exec, temporary }: Pick<CheckContext, 'exec' | 'temporary'>
): Promise<Outcome> {
  const printed = await exec.run('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: signature })
  const text = printed.stdout.toString('utf8')
  const certificates = text.match(pem) ?? []
  if (printed.exitCode !== 0 || certificates.length === 0)
    return failed(`${source}: its signature can't be read`, [{ path: source, output: printed.stderr.trim() }])
  const subjects = [...text.matchAll(/^subject=(.*)$/gm)].map((match) => (match[1] ?? '').trim())
  const evidence = [{ path: source, value: subjects.join('; ') }]
  const names = [...text.matchAll(/^(?:subject|issuer)=(.*)$/gm)].map((match) => (match[1] ?? '').trim())
  const test = names.find((one) => testKey.test(one))
  if (test !== undefined)
    return failed(`${source} is signed with a test key everybody has: ${test}`, evidence)

  return withTemporaryDirectory(temporary, async (directory) => {
    const program = join(directory, 'program.efi')
    await writeFile(program, file)
    let said = ''
    for (const [index, certificate] of certificates.entries()) {
      const trusted = join(directory, `${index}.pem`)
      await writeFile(trusted, `${certificate}\n`)
      const done = await exec.run('sbverify', ['--cert', trusted, program], { timeout: 60_000 })
      if (done.exitCode === 0) return passed(`${source} is signed by ${subjects[index] ?? ''}`, evidence)
      if (done.timedOut) return undecided(`${source}: sbverify did not come to an end`, evidence)
      said = done.stderr.trim().split('\n').at(-1) ?? ''
    }
    return failed(`${source}: the signature doesn't fit the content (${said})`, evidence)
  })
}
