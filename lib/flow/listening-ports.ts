import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withTemporaryDirectory } from '../base/files.ts'
import { runOk } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import { withBootedImage, type BootOptions, type Guest } from '../boot/boot-image.ts'

const minute = 60_000
const bootLimit = 15 * minute

/** Distinct protocol and port of `ss -Hltun`, loopback left out: `tcp/22`. */
export function portsOf(listing: string): string[] {
  const ports = new Set<string>()
  for (const line of listing.split('\n')) {
    const [protocol, , , , local] = line.trim().split(/\s+/)
    const match = /^(.*):(\d+)$/.exec(local ?? '')
    if (!protocol || !match) continue
    if (/^(?:127\.|\[?::1\]?$)/.test(match[1]!)) continue
    ports.add(`${protocol}/${match[2]!}`)
  }
  return [...ports].sort()
}

async function listening(guest: Guest, user: string, key: string): Promise<string[]> {
  await guest.waitForLogin(bootLimit)
  await guest.waitForSsh(user, key, bootLimit)
  const said = await guest.ssh(user, key, 'ss -Hltun')
  return portsOf(said.stdout.toString())
}

/**
 * Boots the hardened disk and logs in as its owner: the proof that the image
 * lets its owner in, and the ports it listens on.
 * @throws HardenError runtime-test when it does not boot or refuses the owner.
 */
export function portsOfHardened(disk: string, user: string, key: string, io: Io): Promise<string[]> {
  return withBootedImage(disk, {}, io, (guest) => listening(guest, user, key))
}

/**
 * Boots a plain disk, which has no account and no host key: both are put into
 * the running system for this boot only (systemd credentials over SMBIOS,
 * systemd.system-credentials(7)); the image stays as it is.
 */
export function portsOfPlain(disk: string, key: string, io: Io): Promise<string[]> {
  return withTemporaryDirectory(io.env['TMPDIR'] ?? '/tmp', async (directory) => {
    const hostKey = join(directory, 'host-key')
    await runOk(io.exec, 'environment', 'ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      '',
      '-f',
      hostKey
    ])
    const encode = async (path: string) => (await readFile(path)).toString('base64')
    const lines = [
      'd /root/.ssh 0700 root root -',
      `f~ /root/.ssh/authorized_keys 0600 root root - ${await encode(`${key}.pub`)}`,
      `f~ /etc/ssh/ssh_host_ed25519_key 0600 root root - ${await encode(hostKey)}`
    ]
    const options: BootOptions = { credentials: { 'tmpfiles.extra': lines.join('\n') + '\n' } }
    return withBootedImage(disk, options, io, (guest) => listening(guest, 'root', key))
  })
}
