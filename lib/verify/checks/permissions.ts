import { byCodeUnit } from '../../base/text.ts'
import type { CheckOf } from '../../controls/check.ts'
import type { ImageEntry } from '../../image/image.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import type { Accounts } from '../readers/accounts.ts'
import { readAccounts } from '../readers/accounts.ts'
import { globToRegExp } from '../readers/glob.ts'

/** UIDs of people start here (Debian policy 9.2.2); 65534 is nobody, who owns nothing either. */
const firstOrdinaryUid = 1000
const nobody = 65_534

/** Programs, libraries, configuration, kernel and the list of packages, and the directories that lead there. */
const ofTheSystem = /^\/(?:$|(?:etc|usr|opt|boot|efi|bin|sbin|lib\w*|var\/lib\/dpkg)(?:\/|$)|var(?:\/lib)?$)/

/** Rules over the permissions of every inode. */
export async function checkPermissions(
  check: CheckOf<'permissions'>,
  context: CheckContext
): Promise<Outcome> {
  const { image } = context
  const allowed = (check.allow ?? []).map((pattern) => globToRegExp(pattern, { period: false }))
  const isAllowed = (path: string): boolean =>
    allowed.some((one) => one.test(plainPath(path)) || one.test(path))
  const found: ImageEntry[] = []
  const collect = (bad: (entry: ImageEntry) => boolean): void => {
    for (const entry of image.entries.values()) {
      if (bad(entry) && !isAllowed(entry.path)) found.push(entry)
    }
  }
  switch (check.rule) {
    case 'world-writable':
      // In a directory with the sticky bit only the owner removes a file (/tmp, /var/tmp).
      collect(
        ({ type, mode }) =>
          (mode & 0o002) !== 0 && (type === 'file' || (type === 'directory' && (mode & 0o1000) === 0))
      )
      return result(
        found,
        'is writable by everybody',
        `Nothing of ${image.entries.size} files and directories is writable by everybody`
      )
    case 'setuid':
      collect(({ type, mode }) => type === 'file' && (mode & 0o6000) !== 0)
      return withCapabilities(
        result(
          found,
          'runs with the rights of its owner or group and is on no list',
          'No program outside the list is setuid or setgid'
        ),
        await image.capabilities(),
        isAllowed
      )
    case 'foreign-owner': {
      // Whoever owns a directory replaces what is in it, whatever the modes say.
      const ofPeople = groupsOfPeople(await context.read(readAccounts))
      collect(
        ({ path, type, mode, uid, gid }) =>
          (uid >= firstOrdinaryUid || (type !== 'symlink' && (mode & 0o020) !== 0 && ofPeople.has(gid))) &&
          ofTheSystem.test(path)
      )
      return result(
        found,
        'belongs to an ordinary user, who can change it',
        'Nothing of the system belongs to an ordinary user'
      )
    }
    case 'unowned': {
      const { known, accounts, groups } = await context.read(readAccounts)
      if (!known) return undecided('There is no /etc/passwd in the image')
      const uids = new Set(accounts.map(({ uid }) => uid))
      const gids = new Set(groups.map(({ gid }) => gid))
      collect(({ uid, gid }) => !uids.has(uid) || !gids.has(gid))
      return result(
        found,
        'belongs to nobody',
        `Every one of ${image.entries.size} files and directories has an owner and a group`
      )
    }
  }
}

/** Groups that people are in, or may be put into by number. */
function groupsOfPeople({ accounts, groups }: Accounts): ReadonlySet<number> {
  const people = accounts.filter(({ uid }) => uid >= firstOrdinaryUid && uid < nobody)
  const named = new Set(people.map(({ name }) => name))
  return new Set([
    ...people.map(({ gid }) => gid).filter((gid) => gid !== nobody),
    ...groups
      .filter(
        ({ gid, members }) =>
          (gid >= firstOrdinaryUid && gid < nobody) || members.some((one) => named.has(one))
      )
      .map(({ gid }) => gid)
  ])
}

/** `/bin/su` and `/usr/bin/su` are one file with merged /usr. */
function plainPath(path: string): string {
  return path.replace(/^\/(bin|sbin|lib)\//, '/usr/$1/')
}

/** File capabilities are setuid by another name; where nobody can tell, neither can we. */
function withCapabilities(
  setuid: Outcome,
  capabilities: ReadonlyMap<string, string> | undefined,
  isAllowed: (path: string) => boolean
): Outcome {
  if (!capabilities) {
    if (setuid.status !== 'pass') return setuid
    return undecided(
      `${setuid.message}; whether a program has file capabilities can't be told from this form of the image ` +
        '(a directory needs getcap of libcap2-bin; a tar, an ext4 or a disk with it says so)'
    )
  }
  const listed = [...capabilities].filter(([path]) => !isAllowed(path)).sort(([a], [b]) => byCodeUnit(a, b))
  if (listed.length === 0)
    return setuid.status === 'pass' ? passed(`${setuid.message}, nor has one file capabilities`) : setuid
  const evidence = listed.map(([path, value]) => ({ path, value }))
  const shown = listed.slice(0, 5).map(([path, value]) => `${path} (${value})`)
  const more = listed.length > 5 ? ` and ${listed.length - 5} more` : ''
  const message = `${shown.join(', ')}${more} has file capabilities and is on no list`
  return setuid.status === 'pass'
    ? failed(message, evidence)
    : failed(`${setuid.message}; ${message}`, [...setuid.evidence, ...evidence])
}

function result(found: readonly ImageEntry[], what: string, good: string): Outcome {
  if (found.length === 0) return passed(good)
  const names = found.slice(0, 5).map(({ path }) => path)
  const more = found.length > 5 ? ` and ${found.length - 5} more` : ''
  return failed(
    `${names.join(', ')}${more} ${what}`,
    found.map(({ path, mode, uid, gid }) => ({
      path,
      value: `${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`
    }))
  )
}
