import type { Finding } from '../base/finding.ts'

/** What a person on the device may do; each role is a system group of kas-harden-accounts. */
export type Role = 'admin' | 'maintainer' | 'operator' | 'auditor'

/** A person's account as kas-harden.yml names it. */
export interface PersonAccount {
  name: string
  role: Role
  /** Public keys in OpenSSH form. */
  sshKeys: readonly string[]
  /** crypt(5) hash of a first password that must be changed at the first login. */
  passwordHash?: string
  shell?: string
}

/** Users and groups of Debian's base-passwd: useradd refuses a person of that name. */
const reservedNames: ReadonlySet<string> = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt nobody ' +
    'adm tty disk dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl ' +
    'plugdev staff users nogroup input kvm render sgx crontab messagebus sshd'
  ).split(' ')
)

/** Groups of an account: its role, and ssh-users when it has a key. */
export function groupsOf(account: PersonAccount): string[] {
  return [`kas-${account.role}`, ...(account.sshKeys.length > 0 ? ['ssh-users'] : [])]
}

/**
 * Whether somebody can get in. Proof is per interface: ssh takes keys only, a
 * console takes a password; a plan that leaves neither is refused.
 */
export function checkWaysIn(accounts: readonly PersonAccount[]): Finding[] {
  const findings: Finding[] = []
  for (const { name } of accounts.filter((account) => reservedNames.has(account.name))) {
    findings.push({
      code: 'ACCOUNT_RESERVED',
      severity: 'error',
      message: `Debian has a user or group '${name}' of its own, so no person can have that name.`,
      hint: 'Choose another name for the account; its role stays the same.'
    })
  }
  const withKey = accounts.filter((account) => account.sshKeys.length > 0)
  const withPassword = accounts.filter((account) => account.passwordHash !== undefined)
  if (withKey.length === 0 && withPassword.length === 0) {
    findings.push({
      code: 'NO_WAY_IN',
      severity: 'error',
      message:
        accounts.length === 0
          ? 'No account is named, and the hardened image has no default one: nobody could log in.'
          : `None of the accounts ${accounts.map((account) => account.name).join(', ')} has an SSH key or a first password: nobody could log in.`,
      hint: 'Add one to kas-harden.yml: accounts: [{name: admin, role: admin, sshKey: "ssh-ed25519 AAAA... you"}]',
      requirement: ['CR 1.1', 'CCSC 1']
    })
  } else if (withKey.length === 0) {
    findings.push({
      code: 'CONSOLE_ONLY',
      severity: 'warning',
      message: 'No account has an SSH key: people can log in on a console only, ssh takes no passwords.',
      hint: 'Add sshKey to an account if the device is to be reached over the network.'
    })
  }
  if (!accounts.some((account) => account.role === 'admin')) {
    findings.push({
      code: 'NO_ADMIN',
      severity: 'warning',
      message: 'No account has the role admin: nobody can administer the device after it was built.',
      hint: 'Give one account role: admin, unless another way to administer it exists.'
    })
  } else if (!accounts.some((account) => account.role === 'admin' && account.passwordHash)) {
    findings.push({
      code: 'ADMIN_WITHOUT_PASSWORD',
      severity: 'warning',
      message: 'No admin has a password: sudo asks for one, so nobody can become root.',
      hint: 'Add passwordHash (mkpasswd --method=yescrypt) to an admin; it must be changed at the first login.'
    })
  }
  return findings
}

/** Value of the parameter `ssh.authorized_keys`: `user type base64 comment`, joined by `|`. */
export function authorizedKeys(accounts: readonly PersonAccount[]): string {
  return accounts
    .flatMap((account) => account.sshKeys.map((key) => `${account.name} ${key.trim().replaceAll('|', '_')}`))
    .join('|')
}
