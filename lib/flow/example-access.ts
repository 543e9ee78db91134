import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOk } from '../base/exec.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import type { Account, ProjectConfig } from '../config/config.ts'

/** Throw-away access to a demonstration image. */
export interface ExampleAccess {
  config: ProjectConfig
  /** Private key, 0600. */
  keyPath: string
  /** File that says how to log in, 0600; holds the first password of the admin. */
  notePath: string
}

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

function password(): string {
  return [...randomBytes(16)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

/** yescrypt by the C library; perl's crypt() is in every Debian. */
async function yescrypt(clear: string, io: Io): Promise<string> {
  const salt = randomBytes(12).toString('hex')
  const script = 'chomp(my $p = <STDIN>); print crypt($p, "\\$y\\$j9T\\$" . $ARGV[0])'
  const done = await runOk(io.exec, 'environment', 'perl', ['-e', script, salt], { input: clear + '\n' })
  return done.stdout.toString().trim()
}

/**
 * Fills the accounts of an example: those without a key get one throw-away
 * key, an admin without a first password gets a random one that must be
 * changed at the first login. Made anew for each directory, never shipped.
 */
export async function makeExampleAccess(
  config: ProjectConfig,
  directory: string,
  io: Io
): Promise<ExampleAccess> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const keyPath = join(directory, 'operator-key')
  const notePath = join(directory, 'how-to-log-in.txt')
  const there = await access(keyPath).then(
    () => true,
    () => false
  )
  if (!there) {
    await runOk(io.exec, 'environment', 'ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      'kas-harden-example',
      '-f',
      keyPath
    ])
  }
  const publicKey = (await readFile(`${keyPath}.pub`, 'utf8')).trim()
  const clear = password()
  const hash = await yescrypt(clear, io)
  const accounts = config.accounts.map((account): Account => ({
    ...account,
    sshKeys: account.sshKeys.length > 0 ? account.sshKeys : [publicKey],
    passwordHash: account.passwordHash ?? (account.role === 'admin' ? hash : undefined)
  }))
  const lines = accounts.map((account) =>
    account.passwordHash === hash
      ? `${account.name} (${account.role}): key ${keyPath}; first password ${clear}, to be changed at the first login`
      : `${account.name} (${account.role}): key ${keyPath}`
  )
  await writeWhole(
    notePath,
    ['Throw-away access to a demonstration image. Never use it on a device.', ...lines, ''].join('\n'),
    0o600
  )
  return { config: { ...config, accounts }, keyPath, notePath }
}
