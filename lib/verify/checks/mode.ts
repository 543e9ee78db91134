import type { CheckOf } from '../../controls/check.ts'
import type { Evidence } from '../../controls/result.ts'
import type { ImageEntry } from '../../image/image.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'
import type { Accounts } from '../readers/accounts.ts'
import { readAccounts } from '../readers/accounts.ts'
import { globImage } from '../readers/glob.ts'

/** Permission bits, owner and group of paths; links are followed inside the image. */
export async function checkMode(check: CheckOf<'mode'>, context: CheckContext): Promise<Outcome> {
  const { image } = context
  const table = await context.read(readAccounts)
  const parts = check.paths.flatMap((pattern) => {
    const paths = globImage(image, pattern).filter((path) => image.stat(path) !== undefined)
    if (paths.length === 0) {
      return [
        check.missing === 'skip' ? passed(`${pattern} is not there`) : failed(`${pattern} is not there`)
      ]
    }
    return paths.map((path) => judge(check, path, image.stat(path)!, table))
  })
  return combined(parts, `${check.paths.join(', ')} as wanted`)
}

function judge(check: CheckOf<'mode'>, path: string, entry: ImageEntry, table: Accounts): Outcome {
  const owner = table.accounts.find(({ uid }) => uid === entry.uid)?.name ?? String(entry.uid)
  const group = table.groups.find(({ gid }) => gid === entry.gid)?.name ?? String(entry.gid)
  const is = `${octal(entry.mode)} ${owner}:${group}`
  const evidence: Evidence[] = [{ path, value: is }]
  const problems: string[] = []
  if (check.atMost !== undefined && (entry.mode & ~Number.parseInt(check.atMost, 8)) !== 0) {
    problems.push(`at most ${check.atMost}`)
  }
  if (check.owner !== undefined && !isOwner(check.owner, entry.uid, table))
    problems.push(`owner ${check.owner}`)
  const groups =
    check.group === undefined ? [] : typeof check.group === 'string' ? [check.group] : check.group
  if (groups.length > 0 && !groups.some((one) => isGroup(one, entry.gid, table))) {
    problems.push(`group ${groups.join(' or ')}`)
  }
  return problems.length > 0
    ? failed(`${path} is ${is}; it must have ${problems.join(', ')}`, evidence)
    : passed(`${path} is ${is}`, evidence)
}

function isOwner(wanted: string, uid: number, { accounts }: Accounts): boolean {
  if (wanted === 'root') return uid === 0
  return accounts.find(({ name }) => name === wanted)?.uid === uid
}

function isGroup(wanted: string, gid: number, { groups }: Accounts): boolean {
  if (wanted === 'root') return gid === 0
  return groups.find(({ name }) => name === wanted)?.gid === gid
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
