import type { ImageUser } from '../accounts.ts'
import type { LintContext } from './context.ts'
import type { LintRule } from './rule.ts'

/** A password that stands in a kas file as it is typed. */
export const clearTextPassword: LintRule = {
  code: 'LINT_CLEAR_TEXT_PASSWORD',
  title: 'Password in clear text',
  severity: 'error',
  requirement: ['CR 1.5', 'CR 4.1'],
  why: 'Everybody who can read the repository or the image has this password, and it is the same on all devices.',
  fix: 'Write a hash (mkpasswd --method=yescrypt) and the flag force-passwd-change, or an SSH key and no password.',
  secret: true,
  find: (context) =>
    context.effective.users
      .filter((user) => user.clearText && user.password !== undefined && !isKnown(user))
      .map((user) => ({
        message: `the password of '${user.name}' stands here in clear text`,
        at: placeOf(user, context)
      }))
}

/** A password that is the first an attacker tries. */
export const knownPassword: LintRule = {
  code: 'LINT_KNOWN_PASSWORD',
  title: 'Well-known password',
  severity: 'error',
  requirement: ['CR 1.1', 'CR 1.5'],
  why: 'The password is published with isar, isar-cip-core or a board, or is the name of the account.',
  fix: 'Remove it; give each account an SSH key, or a hash of its own with the flag force-passwd-change.',
  secret: true,
  find: (context) =>
    context.effective.users.filter(isKnown).map((user) => ({
      message: `the password of '${user.name}' is well known`,
      at: placeOf(user, context)
    }))
}

/** An account that lets in whoever knows its name. */
export const emptyPassword: LintRule = {
  code: 'LINT_EMPTY_PASSWORD',
  title: 'Empty password',
  severity: 'error',
  requirement: ['CR 1.1'],
  why: 'isar makes an account with allow-empty-password whose console and su ask for nothing.',
  fix: 'Remove allow-empty-password and give the account an SSH key or a hash.',
  find: ({ effective, originOf }) =>
    effective.users
      .filter((user) => user.allowEmptyPassword)
      .map((user) => ({
        message: `'${user.name}' needs no password`,
        at:
          effective.conf.variables.get(`USER_${user.name}`)?.flags.get('flags')?.origin ??
          user.origin ??
          originOf('USERS')
      }))
}

/** Published with isar, isar-cip-core, boards and tutorials. The account's own name counts as well. */
const wellKnown: readonly string[] = [
  'root toor admin administrator password passwd debian isar cip user guest test demo operator changeme',
  'default secret linux raspberry CIPsecurity@123 iot2050 siemens 1234 12345 123456 12345678'
].flatMap((line) => line.split(' '))

function isKnown({ name, password, clearText }: ImageUser): boolean {
  return clearText && password !== undefined && (wellKnown.includes(password) || password === name)
}

function placeOf(user: ImageUser, { effective, originOf }: LintContext) {
  const flags = effective.conf.variables.get(`USER_${user.name}`)?.flags
  return flags?.get('password')?.origin ?? user.origin ?? originOf('USERS')
}
