import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { hashMethod, strengthOf } from '../readers/password-hashes.ts'
import { findKnownPasswords } from '../readers/known-passwords.ts'
import type { Account, Accounts } from '../readers/accounts.ts'
import { isLoginShell, isUsable, readAccounts } from '../readers/accounts.ts'
import type { Evidence } from '../../controls/result.ts'
import { readLines, seen } from '../readers/lines.ts'
import type { Line } from '../readers/lines.ts'
import { findAutologins } from '../readers/autologin.ts'
import { waysIn } from '../readers/ways-in.ts'

/** One rule over passwd, shadow, group and gshadow together. */
export async function checkAccount(check: CheckOf<'account'>, context: CheckContext): Promise<Outcome> {
  const table = await context.read(readAccounts)
  if (!table.known) return undecided('There is no /etc/passwd in the image')
  const { accounts } = table
  const usable = accounts.filter(({ password }) => isUsable(password))
  switch (check.rule) {
    case 'no-empty-password':
      return noneOf(
        accounts.filter(({ password }) => password === ''),
        'has an empty password',
        'No account has an empty password'
      )
    case 'root-locked':
      return noneOf(
        accounts.filter(
          ({ name, uid, password }) =>
            (uid === 0 || name === 'root') && (isUsable(password) || password === '')
        ),
        'is not locked',
        'root has no usable password'
      )
    case 'system-accounts-locked': {
      // Whoever knows a group's password, or is its administrator, gets what the group may (newgrp(1), gpasswd(1)).
      const open = table.groups.filter(
        ({ passwords, administrators }) =>
          administrators.some((one) => one !== 'root') || passwords.some(isUsable)
      )
      if (open.length > 0)
        return failed(
          `Groups with a password or an administrator: ${open.map(({ name }) => name).join(', ')}`,
          open.map(({ place }) => seen(place))
        )
      return noneOf(
        accounts.filter(
          ({ uid, password }) => uid >= 1 && uid <= 999 && (isUsable(password) || password === '')
        ),
        'is a system account with a usable password',
        'No system account has a usable password'
      )
    }
    case 'only-root-is-uid-0':
      return noneOf(
        // What is no uid, or the one that means "leave it as it is" (setuid(2)), is as bad as a second root.
        accounts.filter(
          ({ name, uid }) =>
            (uid === 0) !== (name === 'root') || !Number.isInteger(uid) || uid < 0 || uid >= 0xff_ff_ff_ff
        ),
        'has the wrong uid',
        'Only root has uid 0'
      )
    case 'unique-names-and-ids': {
      const others = await otherAccounts(context)
      return others.length > 0
        ? failed(
            `Accounts come from elsewhere than /etc/passwd: ${others.map(({ path }) => path).join(', ')}`,
            others
          )
        : uniqueness(table)
    }
    case 'strong-hashes':
      return strongHashes(usable, check.value)
    case 'change-at-first-login':
      return noneOf(
        usable.filter(({ lastChange }) => lastChange !== '0'),
        'has a preset password that need not be changed at the first login',
        'Every preset password must be changed at the first login'
      )
    case 'password-ages':
      return passwordAges(usable, check.value)
    case 'no-known-password':
      return knownPasswords(usable, context)
    case 'has-login': {
      const ways = await waysIn(context)
      return ways.length > 0
        ? passed(
            `A person can log in: ${ways.map(({ account, by }) => `${account} by ${by}`).join(', ')}`,
            ways.map(({ evidence }) => evidence)
          )
        : failed(
            'No account has a usable shell and a password or key: nobody can log in',
            accounts.filter(({ shell }) => isLoginShell(shell)).map(placeOf)
          )
    }
    case 'no-autologin': {
      const found = await findAutologins(context)
      return found.length > 0
        ? failed(
            `Somebody is logged in without being asked: ${found.map(({ what }) => what).join('; ')}`,
            found.map(({ evidence }) => evidence)
          )
        : passed('Nothing logs anybody in by itself')
    }
  }
}

/** Accounts and groups in further files of the image that nsswitch.conf(5) has looked up. */
async function otherAccounts({ image }: CheckContext): Promise<readonly Evidence[]> {
  const lines = (await readLines(image, '/etc/nsswitch.conf')) ?? []
  const sources = lines
    .filter(({ text }) => /^\s*(?:passwd|shadow|group|gshadow|initgroups)\s*:/.test(text))
    .flatMap(({ text }) => text.replace(/#.*$/, '').split(/[\s:]+/))
  const places: Readonly<Record<string, readonly string[]>> = {
    extrausers: ['/var/lib/extrausers'],
    systemd: ['/etc/userdb', '/usr/local/lib/userdb', '/usr/lib/userdb'],
    db: ['/var/lib/misc']
  }
  return Object.entries(places).flatMap(([source, directories]) =>
    sources.includes(source)
      ? directories.flatMap((directory) =>
          image
            .list(directory)
            .filter((name) =>
              /^(?:passwd|shadow|group|gshadow)(?:\.db)?$|\.(?:user|group|membership)$/.test(name)
            )
            .filter(
              (name) => (image.stat(`${directory}/${name}`)?.size ?? 0) > 0 || name.endsWith('.membership')
            )
            .map((name) => ({ path: `${directory}/${name}` }))
        )
      : []
  )
}

function placeOf({ shadowPlace, place }: Account) {
  return seen(shadowPlace ?? place)
}

function noneOf(bad: readonly Account[], what: string, good: string): Outcome {
  return bad.length > 0
    ? failed(`${bad.map(({ name }) => name).join(', ')} ${what}`, bad.map(placeOf))
    : passed(good)
}

function uniqueness({ accounts, groups }: Accounts): Outcome {
  const bad = [
    ...repeated(accounts, ({ name }) => `account name ${name}`),
    ...repeated(accounts, ({ uid }) => `uid ${uid}`),
    ...repeated(groups, ({ name }) => `group name ${name}`),
    ...repeated(groups, ({ gid }) => `gid ${gid}`)
  ]
  return bad.length > 0
    ? failed(
        `Given twice: ${[...new Set(bad.map(({ key }) => key))].join(', ')}`,
        bad.map(({ place }) => seen(place))
      )
    : passed(`${accounts.length} accounts and ${groups.length} groups, names and ids unique`)
}

function repeated<T extends { place: Line }>(
  all: readonly T[],
  keyOf: (one: T) => string
): { key: string; place: Line }[] {
  const byKey = new Map<string, Line[]>()
  for (const one of all) byKey.set(keyOf(one), [...(byKey.get(keyOf(one)) ?? []), one.place])
  return [...byKey]
    .filter(([, places]) => places.length > 1)
    .flatMap(([key, places]) => places.map((place) => ({ key, place })))
}

function strongHashes(usable: readonly Account[], value: CheckOf<'account'>['value']): Outcome {
  const wanted =
    value === undefined ? ['sha512'] : typeof value === 'object' ? value.map(String) : [String(value)]
  const least = Math.min(...wanted.map((one) => strengthOf(one.toLowerCase())))
  const weak = usable.filter(({ password }) => strengthOf(hashMethod(password)) < least)
  return weak.length > 0
    ? failed(
        `Weaker than ${wanted.join(' or ')}: ${weak.map(({ name, password }) => `${name} (${hashMethod(password)})`).join(', ')}`,
        weak.map(placeOf)
      )
    : passed(
        usable.length > 0
          ? `All ${usable.length} password hashes are strong`
          : 'No account has a password hash'
      )
}

function passwordAges(usable: readonly Account[], value: CheckOf<'account'>['value']): Outcome {
  const most = Number(value)
  if (!Number.isFinite(most)) return undecided('The check names no number of days')
  const old = usable.filter(({ maxDays }) => !/^\d+$/.test(maxDays) || Number(maxDays) > most)
  return old.length > 0
    ? failed(
        `No maximum age of ${most} days: ${old.map(({ name, maxDays }) => `${name} (${maxDays || 'none'})`).join(', ')}`,
        old.map(placeOf)
      )
    : passed(`Every password ends after at most ${most} days`, usable.map(placeOf))
}

async function knownPasswords(usable: readonly Account[], context: CheckContext): Promise<Outcome> {
  if (usable.length === 0) return passed('No account has a usable password')
  const found = await findKnownPasswords(usable, context)
  const known = usable.filter(({ name }) => found.known.has(name))
  if (known.length > 0) {
    return failed(
      `Well-known passwords: ${known.map(({ name }) => `${name} (${found.known.get(name) ?? ''})`).join(', ')}`,
      known.map(placeOf)
    )
  }
  if (found.problem !== undefined) return undecided(found.problem)
  return passed(`None of ${usable.length} usable passwords is a well-known one`)
}
