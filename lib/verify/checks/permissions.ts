import type { CheckOf } from '../../controls/check.ts'
import type { ImageEntry } from '../../image/image.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { failed, passed, undecided } from '../check-context.ts'
import { readAccounts } from '../readers/accounts.ts'
import { globToRegExp } from '../readers/glob.ts'

/** UIDs of people start here (Debian policy 9.2.2); 65534 is nobody, who owns nothing either. */
const firstOrdinaryUid = 1000

/** Programs, libraries, configuration, kernel and the list of packages, and the directories that lead there. */
const ofTheSystem = /^\/(?:$|(?:etc|usr|opt|boot|efi|bin|sbin|lib\w*|var\/lib\/dpkg)(?:\/|$)|var(?:\/lib)?$)/

/** Rules over the permissions of every inode. */
export async function checkPermissions(
  check: CheckOf<'permissions'>,
  context: CheckContext
): Promise<Outcome> {
  const { image } = context
  const allowed = (check.allow ?? []).map((pattern) => globToRegExp(pattern, { period: false }))
  const found: ImageEntry[] = []
  const collect = (bad: (entry: ImageEntry) => boolean): void => {
    for (const entry of image.entries.values()) {
      if (bad(entry) && !allowed.some((one) => one.test(plainPath(entry.path)) || one.test(entry.path)))
        found.push(entry)
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
      return result(
        found,
        'runs with the rights of its owner or group and is on no list',
        'No program outside the list is setuid or setgid'
      )
    case 'foreign-owner':
      // Whoever owns a directory replaces what is in it, whatever the modes say.
      collect(({ path, uid }) => uid >= firstOrdinaryUid && ofTheSystem.test(path))
      return result(
        found,
        'belongs to an ordinary user, who can change it',
        'Nothing of the system belongs to an ordinary user'
      )
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

/** `/bin/su` and `/usr/bin/su` are one file with merged /usr. */
function plainPath(path: string): string {
  return path.replace(/^\/(bin|sbin|lib)\//, '/usr/$1/')
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
