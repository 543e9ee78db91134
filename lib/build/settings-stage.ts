import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createHash } from 'node:crypto'
import { HardenError } from '../base/errors.ts'
import { runOk, type Exec } from '../base/exec.ts'
import { imageRecord } from './build-record.ts'
import type { Mmdebstrap } from './mmdebstrap.ts'
import { hookWord, shellWord as quote } from './quote.ts'
import type { BuildAccount, BuildRequest } from './request.ts'
import { onTree } from './tree.ts'

/**
 * The password field of an account. Clear text is hashed with a salt that
 * depends on the account only, so that two builds give the same bytes.
 */
async function passwordField(account: BuildAccount, exec: Exec): Promise<string | undefined> {
  if (account.password === undefined) return undefined
  if (!account.flags.includes('clear-text-password')) {
    if (account.password === '' && !account.flags.includes('allow-empty-password')) {
      throw new HardenError('usage', 'EMPTY_PASSWORD', `USER_${account.name}[password] is empty.`, {
        hint: 'Leave it out to lock the account, or set the flag allow-empty-password.'
      })
    }
    return account.password
  }
  const salt = createHash('sha256').update(`${account.name}\0kas-harden`).digest('hex').slice(0, 16)
  const hashed = await runOk(exec, 'environment', 'openssl', ['passwd', '-6', '-salt', salt, '-stdin'], {
    input: account.password + '\n'
  })
  return hashed.stdout.toString().trim()
}

/** Commands that make accounts the way isar's image-account-extension does. */
async function accountCommands(request: BuildRequest, exec: Exec): Promise<string[]> {
  const commands: string[] = []
  for (const group of request.groups) {
    const options = [...(group.gid ? ['--gid', group.gid] : []), ...(group.system ? ['--system'] : [])]
    commands.push(`in_root groupadd --force ${options.map(quote).join(' ')} -- ${quote(group.name)}`)
  }
  for (const account of request.accounts) {
    const name = quote(account.name)
    if (account.name !== 'root') {
      const options: string[] = []
      if (account.uid) options.push('--uid', account.uid)
      if (account.gid) options.push('--gid', account.gid)
      if (account.comment) options.push('--comment', account.comment)
      if (account.home) options.push('--home-dir', account.home)
      options.push('--shell', account.shell ?? '/bin/bash')
      if (account.flags.includes('system')) options.push('--system')
      options.push(account.flags.includes('no-create-home') ? '--no-create-home' : '--create-home')
      commands.push(
        `in_root id -- ${name} >/dev/null 2>&1 || in_root useradd ${options.map(quote).join(' ')} -- ${name}`
      )
    }
    if (account.groups.length > 0) {
      commands.push(`in_root usermod --append --groups ${quote(account.groups.join(','))} -- ${name}`)
    }
    const field = await passwordField(account, exec)
    if (field !== undefined) commands.push(`in_root usermod --password ${quote(field)} -- ${name}`)
    if (account.flags.includes('force-passwd-change')) commands.push(`in_root chage --lastday 0 -- ${name}`)
  }
  return commands
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/** RFC 1123 host names only: the name is written into files whose readers have rules of their own. */
function requireHostname(name: string): void {
  if (name.length <= 64 && name.split('.').every((part) => label.test(part))) return
  throw new HardenError('usage', 'HOSTNAME_INVALID', `HOSTNAME = ${JSON.stringify(name)} is no host name.`, {
    hint: 'Letters, digits and hyphens, parts joined by dots, at most 64 characters.'
  })
}

/**
 * The shell script that turns the base tree (`$1`) into the image's tree; runs where root owns the tree.
 * @throws HardenError usage: `HOSTNAME_INVALID`, `EMPTY_PASSWORD`.
 */
export async function settingsScript(
  request: BuildRequest,
  debs: readonly string[],
  rootGuid: string,
  exec: Exec
): Promise<string> {
  requireHostname(request.hostname)
  const install = debs.map((deb) => `/tmp/kas-harden/${basename(deb)}`).join(' ')
  return [
    '#!/bin/sh',
    '# Second stage of the embedded engine: settings packages, accounts, identity.',
    'set -eu',
    'umask 022',
    'root=$1',
    'in_root() { chroot "$root" "$@"; }',
    'write() { mkdir -p "$(dirname "$root$1")"; rm -f "$root$1"; cat >"$root$1"; }',
    `printf '%s\\n' ${quote(request.hostname)} | write /etc/hostname`,
    `printf '127.0.0.1\\tlocalhost\\n127.0.1.1\\t%s\\n::1\\tlocalhost ip6-localhost ip6-loopback\\n' ${quote(request.hostname)} | write /etc/hosts`,
    `printf 'PARTUUID=%s / ext4 defaults,errors=remount-ro 0 1\\n' ${quote(rootGuid)} | write /etc/fstab`,
    "printf '# No apt source: this device gets its updates from its maker.\\n' | write /etc/apt/sources.list",
    ...(debs.length > 0
      ? [`in_root dpkg --install --force-confdef --force-confold --force-unsafe-io ${install}`]
      : []),
    'rm -rf "$root/tmp/kas-harden"',
    ...(await accountCommands(request, exec)),
    `printf '%s\\n' ${quote(JSON.stringify(imageRecord(request)))} | write /usr/share/kas-harden/image.json`,
    // Nothing that identifies one device, and nothing of the building machine, may be in an image.
    'rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf" "$root/var/lib/systemd/random-seed" "$root/var/lib/dbus/machine-id"',
    ': >"$root/etc/machine-id"',
    ': >"$root/etc/resolv.conf"; chmod 644 "$root/etc/resolv.conf" "$root/etc/hostname" "$root/etc/machine-id"',
    'rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/cache/debconf/*-old',
    // The building machine's apt made it for its own _apt, whose number is another in Debian 11.
    'if [ -d "$root/var/cache/apt/archives/partial" ] && in_root id -- _apt >/dev/null 2>&1; then in_root chown _apt:root /var/cache/apt/archives/partial; fi',
    'rm -f "$root"/etc/passwd- "$root"/etc/shadow- "$root"/etc/group- "$root"/etc/gshadow- "$root"/etc/subuid- "$root"/etc/subgid- "$root"/var/lib/dpkg/*-old "$root/etc/apt/apt.conf.d/99mmdebstrap"',
    'find "$root/var/log" -type f -exec sh -c \': >"$1"\' sh {} \\;',
    ''
  ].join('\n')
}

/** Puts settings packages, accounts and identity on the base tree, in place. */
export async function settingsStage(
  request: BuildRequest,
  tree: string,
  debs: readonly string[],
  rootGuid: string,
  epoch: number,
  mmdebstrap: Mmdebstrap,
  exec: Exec
): Promise<void> {
  const packages = join(mmdebstrap.scratch, 'settings', 'kas-harden')
  // Private, there and in the tree: the script holds password hashes.
  await mkdir(packages, { recursive: true, mode: 0o700 })
  for (const deb of debs) await copyFile(deb, join(packages, basename(deb)))
  await writeFile(join(packages, 'stage2.sh'), await settingsScript(request, debs, rootGuid, exec))
  await mmdebstrap.run(
    [
      ...onTree(),
      `--customize-hook=copy-in ${hookWord(packages)} /tmp`,
      '--customize-hook=sh "$1/tmp/kas-harden/stage2.sh" "$1"',
      '',
      tree,
      ''
    ],
    { SOURCE_DATE_EPOCH: String(epoch) }
  )
  await rm(packages, { recursive: true, force: true })
}
