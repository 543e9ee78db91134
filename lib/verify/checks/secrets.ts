import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { Image } from '../../image/image.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed } from '../check-context.ts'
import { readCommandLines } from '../readers/command-lines.ts'
import { globToRegExp } from '../readers/glob.ts'
import { kernelWords } from '../readers/kernel-words.ts'
import { findPrivateKeys } from '../readers/private-keys.ts'
import { readSshd } from '../readers/sshd.ts'

/** Secrets and identities that must not be in an image many devices get. */
export async function checkSecrets(check: CheckOf<'secrets'>, context: CheckContext): Promise<Outcome> {
  const allowed = (check.allow ?? []).map((pattern) => globToRegExp(pattern, { period: false }))
  const report = (found: readonly Evidence[], what: string, good: string): Outcome => {
    const bad = found.filter(({ path }) => !allowed.some((one) => one.test(path ?? '')))
    return bad.length > 0
      ? failed(
          `${what}: ${bad
            .slice(0, 5)
            .map(({ path }) => path)
            .join(', ')}`,
          bad
        )
      : passed(good)
  }
  const { image } = context
  switch (check.rule) {
    case 'private-keys':
      return report(
        await context.read(findPrivateKeys),
        'Private keys in the image',
        'No private key in the image'
      )
    case 'host-keys':
      return report(await hostKeys(context), 'ssh host keys in the image', 'No ssh host key in the image')
    case 'machine-id':
      return report(
        await machineIds(context),
        'The machine id is preset',
        'Every device makes its own machine id'
      )
    case 'test-keys':
      return report(
        await testKeys(image),
        'Test keys in the image',
        'No snakeoil or well-known test key in the image'
      )
  }
}

/** Those of the usual names, and those sshd is told to use. */
async function hostKeys(context: CheckContext): Promise<readonly Evidence[]> {
  const { image } = context
  const usual = image
    .list('/etc/ssh')
    .filter((name) => /^ssh_host_.*key$/.test(name))
    .map((name) => `/etc/ssh/${name}`)
  const named = (await context.read(readSshd)).settings
    .filter(({ key }) => key === 'hostkey')
    .map(({ value }) => value)
  return [...new Set([...usual, ...named])]
    .filter((path) => (image.stat(path)?.size ?? 0) > 0)
    .map((path) => ({ path }))
}

/** machine-id(5): absent, empty or `uninitialized` makes systemd write one at the first boot. */
async function machineIds(context: CheckContext): Promise<readonly Evidence[]> {
  const { image } = context
  const found: Evidence[] = []
  // An image without a boot configuration has no argument that presets it.
  for (const { source, cmdline } of await context.read(readCommandLines).catch(() => [])) {
    const word = kernelWords(cmdline).find((one) => one.startsWith('systemd.machine_id='))
    if (word !== undefined && word !== 'systemd.machine_id=firmware')
      found.push({ path: source, value: word })
  }
  // What every device would share besides: the key of encrypted credentials, and a seed of random numbers.
  for (const path of ['/var/lib/systemd/credential.secret', '/var/lib/systemd/random-seed']) {
    if ((image.stat(path)?.size ?? 0) > 0) found.push({ path })
  }
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const text = (await image.readText(path, 4096))?.trim() ?? ''
    if (text !== '' && text !== 'uninitialized') found.push({ path, value: text })
  }
  return found
}

/** Vagrant's public insecure key, by the part every copy has. */
const insecureKey = 'AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzI'

async function testKeys(image: Image): Promise<readonly Evidence[]> {
  const found: Evidence[] = []
  for (const { path, type, size } of image.entries.values()) {
    if (type !== 'file' || size === 0) continue
    const name = path.slice(path.lastIndexOf('/') + 1)
    // The documentation and scripts that talk about snakeoil keys are no keys.
    if (/snakeoil/i.test(name) && /\.(?:pem|key|crt|cer|der|esl|auth|p12)$/i.test(name)) found.push({ path })
    else if (/^authorized_keys2?$/.test(name) || path.startsWith('/etc/ssh/authorized_keys')) {
      if ((await image.readText(path, 1024 * 1024))?.includes(insecureKey))
        found.push({ path, value: 'the insecure key of Vagrant' })
    }
  }
  return found
}
