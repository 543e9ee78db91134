import type { Evidence } from '../../controls/result.ts'
import type { Image } from '../../image/image.ts'
import type { CheckContext } from '../check-context.ts'
import type { Account } from './accounts.ts'
import { isLoginShell, isUsable, readAccounts } from './accounts.ts'
import { globToRegExp } from './glob.ts'
import { readLines, seen } from './lines.ts'
import type { SshdConfig } from './sshd.ts'
import { readSshd } from './sshd.ts'

/** How a person gets in. */
export interface WayIn {
  account: string
  by: 'password' | 'ssh key'
  evidence: Evidence
}

/**
 * Accounts a person can log in to: a shell that is in the image and a usable password, or a key sshd would
 * read and accept from this account (AuthorizedKeysFile, Allow and Deny lists, PermitRootLogin).
 */
export async function waysIn(context: CheckContext): Promise<readonly WayIn[]> {
  const { image } = context
  const { accounts } = await context.read(readAccounts)
  const sshd = await context.read(readSshd)
  const hasSshd = image.stat('/usr/sbin/sshd') !== undefined
  const found: WayIn[] = []
  // pam_nologin(8): root only. /run is empty at the start.
  const closed = image.stat('/etc/nologin') !== undefined
  for (const account of accounts) {
    if (closed && account.uid !== 0) continue
    if (!isLoginShell(account.shell) || image.stat(account.shell) === undefined || isExpired(account))
      continue
    if (isUsable(account.password)) {
      found.push({
        account: account.name,
        by: 'password',
        evidence: seen(account.shadowPlace ?? account.place)
      })
      continue
    }
    if (!hasSshd || !isAllowed(account, sshd)) continue
    const key = await keyOf(context, account, sshd)
    if (key) found.push({ account: account.name, by: 'ssh key', evidence: key })
  }
  return found
}

/** Day 0 and 1 are how `usermod -e 1` closes an account; later days depend on the clock of the device. */
function isExpired({ expires }: Account): boolean {
  return expires === '0' || expires === '1'
}

function isAllowed(account: Account, sshd: SshdConfig): boolean {
  const value = (keyword: string): string => sshd.global(keyword)[0]?.value.toLowerCase() ?? ''
  const words = (keyword: string): readonly string[] =>
    sshd.global(keyword).flatMap((one) => one.value.split(/\s+/))
  const hits = (patterns: readonly string[], names: readonly string[]): boolean =>
    patterns.some((pattern) => {
      const matcher = globToRegExp(pattern.replace(/@.*$/, ''), { period: false })
      return names.some((name) => matcher.test(name))
    })
  if (value('PubkeyAuthentication') === 'no') return false
  if (account.uid === 0 && ['no', 'forced-commands-only'].includes(value('PermitRootLogin'))) return false
  // Without PAM sshd itself refuses accounts whose password field starts with an exclamation mark.
  if (value('UsePAM') !== 'yes' && account.password.startsWith('!')) return false
  if (hits(words('DenyUsers'), [account.name]) || hits(words('DenyGroups'), account.groups)) return false
  const users = words('AllowUsers')
  const groups = words('AllowGroups')
  return (
    (users.length === 0 || hits(users, [account.name])) &&
    (groups.length === 0 || hits(groups, account.groups))
  )
}

async function keyOf(
  { image }: CheckContext,
  account: Account,
  sshd: SshdConfig
): Promise<Evidence | undefined> {
  const files = sshd.global('AuthorizedKeysFile')[0]?.value ?? '.ssh/authorized_keys .ssh/authorized_keys2'
  for (const pattern of files.split(/\s+/)) {
    const path = pattern.replace(/%([uhU%])/g, (_, token: string) =>
      token === 'u' ? account.name : token === 'h' ? account.home : token === 'U' ? String(account.uid) : '%'
    )
    const absolute = path.startsWith('/') ? path : `${account.home}/${path}`
    if (!isAccepted(image, absolute, account)) continue
    for (const line of (await readLines(image, absolute)) ?? []) {
      if (/^\s*(?:[^#\s].*\s)?(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+\s+[A-Za-z0-9+/=]{40,}/.test(line.text)) {
        return { path: line.path, line: line.line, value: line.text.trim() }
      }
    }
  }
  return undefined
}

/**
 * sshd reads the file as the account itself, and by StrictModes takes none that somebody else could have
 * written (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
 */
function isAccepted(image: Image, path: string, account: Account): boolean {
  const entry = image.stat(path)
  if (entry?.type !== 'file' || (entry.mode & 0o022) !== 0) return false
  if (entry.uid === account.uid) return (entry.mode & 0o400) !== 0
  if (entry.uid !== 0) return false
  return account.uid === 0 || (entry.mode & (entry.gid === account.gid ? 0o040 : 0o004)) !== 0
}
