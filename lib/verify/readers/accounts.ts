import type { CheckContext } from '../check-context.ts'
import { readLines } from './lines.ts'
import type { Line } from './lines.ts'

/** A line of /etc/passwd with what shadow and group say about it. */
export interface Account {
  name: string
  uid: number
  gid: number
  home: string
  shell: string
  place: Line
  /** The password field that counts: shadow's where passwd says `x`. */
  password: string
  /** Day of the last change in shadow; 0 asks for a new one at login. */
  lastChange: string
  maxDays: string
  /** Day after which the account is closed. */
  expires: string
  shadowPlace: Line | undefined
  /** Names of all its groups. */
  groups: readonly string[]
}

/** A line of /etc/group. */
interface Group {
  name: string
  gid: number
  members: readonly string[]
  /** Who may add members and set the password without being root (gpasswd(1)). */
  administrators: readonly string[]
  /** Password fields of group and gshadow. */
  passwords: readonly string[]
  place: Line
}

/** The accounts and groups of an image. */
export interface Accounts {
  /** False when there is no /etc/passwd. */
  known: boolean
  accounts: readonly Account[]
  groups: readonly Group[]
}

const maxAccounts = 100_000

/** Reads passwd(5), shadow(5), group(5) and gshadow(5) together; of two lines for a name the first counts. */
export async function readAccounts({ image }: CheckContext): Promise<Accounts> {
  const [passwd, shadow, group, gshadow] = await Promise.all(
    ['passwd', 'shadow', 'group', 'gshadow'].map(async (name) => readLines(image, `/etc/${name}`))
  )
  if (!passwd) return { known: false, accounts: [], groups: [] }
  const shadowed = new Map<string, { place: Line; fields: readonly string[] }>()
  for (const one of records(shadow ?? [])) if (!shadowed.has(one.name)) shadowed.set(one.name, one)
  const hidden = new Map(records(gshadow ?? []).map((one) => [one.name, one.fields]))
  const groups = records(group ?? []).map(({ name, fields, place }) => ({
    name,
    gid: Number(fields[2]),
    members: [...new Set([...names(fields[3]), ...names(hidden.get(name)?.[3])])],
    administrators: names(hidden.get(name)?.[2]),
    passwords: [fields[1] ?? '', hidden.get(name)?.[1] ?? ''],
    place
  }))
  const accounts = records(passwd).map(({ name, fields, place }) => {
    const gid = Number(fields[3])
    const own = shadowed.get(name)
    const inPasswd = fields[1] ?? ''
    return {
      name,
      uid: Number(fields[2]),
      gid,
      home: fields[5] ?? '',
      shell: fields[6] === undefined || fields[6] === '' ? '/bin/sh' : fields[6],
      place,
      // `x` without a line in shadow: nobody gets in by password.
      password: isShadowed(inPasswd, name) ? (own ? (own.fields[1] ?? '') : '*') : inPasswd,
      lastChange: own?.fields[2] ?? '',
      maxDays: own?.fields[4] ?? '',
      expires: own?.fields[7] ?? '',
      shadowPlace: own?.place,
      groups: groups.filter((one) => one.gid === gid || one.members.includes(name)).map((one) => one.name)
    }
  })
  return { known: true, accounts, groups }
}

/** `x`, or `##` and the name, which pam_unix takes for the same (passverify.c). */
function isShadowed(password: string, name: string): boolean {
  return password === 'x' || password === `##${name}`
}

/** Whether a password field lets somebody in: neither locked (`!`, `*`) nor empty. */
export function isUsable(password: string): boolean {
  // An underscore starts a hash of BSD's DES (crypt(5)).
  return password !== '' && /^[./0-9A-Za-z$_]/.test(password) && password.length >= 13
}

/** Whether a shell lets somebody work. */
export function isLoginShell(shell: string): boolean {
  return !/\/(?:nologin|false|true|sync|halt|shutdown)$/.test(shell)
}

function records(lines: readonly Line[]): { name: string; fields: readonly string[]; place: Line }[] {
  if (lines.length > maxAccounts)
    throw new RangeError(`${lines[0]?.path ?? 'A file'} has more than ${maxAccounts} lines`)
  return lines.flatMap((line) => {
    const fields = line.text.split(':')
    const name = fields[0] ?? ''
    // The hash itself is no evidence we would print.
    const place = {
      ...line,
      text: fields.map((field, at) => (at === 1 && field.length > 2 ? '…' : field)).join(':')
    }
    return name === '' || name.startsWith('#') || fields.length < 3 ? [] : [{ name, fields, place }]
  })
}

function names(field: string | undefined): readonly string[] {
  return (field ?? '').split(',').filter((name) => name !== '')
}
