import type { Origin } from './bitbake-parse.ts'

/** A user isar's image-account-extension would make (`USERS`, `USER_<name>[…]`). */
export interface ImageUser {
  name: string
  /** As written: crypt(5) hash, or clear text when `clearText` is set. */
  password: string | undefined
  clearText: boolean
  allowEmptyPassword: boolean
  /** The password expires at once (`passwd --expire`). */
  forcePasswordChange: boolean
  system: boolean
  /** True `create-home`, false `no-create-home`, undefined useradd's default. */
  createHome: boolean | undefined
  groups: readonly string[]
  uid: string | undefined
  /** Number, or name of a group. */
  gid: string | undefined
  home: string | undefined
  shell: string | undefined
  comment: string | undefined
  expireDate: string | undefined
  inactive: string | undefined
  origin: Origin | undefined
}

/** A group isar would make (`GROUPS`, `GROUP_<name>[…]`). */
export interface ImageGroup {
  name: string
  gid: string | undefined
  system: boolean
  origin: Origin | undefined
}

/** How the accounts read variables: the caller notes what could not be known. */
export interface AccountReader {
  words(variable: string): readonly string[]
  flag(variable: string, flag: string): string | undefined
  origin(variable: string): Origin | undefined
}

/** The users of the image in the order isar makes them; isar's class image-account-extension is the source. */
export function imageUsers(reader: AccountReader): ImageUser[] {
  return [...new Set(reader.words('USERS'))].map((name) => {
    const variable = `USER_${name}`
    // An empty flag means "not said" to isar.
    const get = (flag: string) => reader.flag(variable, flag) || undefined
    const flags = wordsIn(get('flags'))
    return {
      name,
      password: get('password'),
      clearText: flags.includes('clear-text-password'),
      allowEmptyPassword: flags.includes('allow-empty-password'),
      forcePasswordChange: flags.includes('force-passwd-change'),
      system: flags.includes('system'),
      createHome: flags.includes('create-home') ? true : flags.includes('no-create-home') ? false : undefined,
      groups: wordsIn(get('groups')),
      uid: get('uid'),
      gid: get('gid'),
      home: get('home'),
      shell: get('shell'),
      comment: get('comment'),
      expireDate: get('expiredate'),
      inactive: get('inactive'),
      origin: reader.origin(variable) ?? reader.origin('USERS')
    }
  })
}

/** The groups of the image in the order isar makes them. */
export function imageGroups(reader: AccountReader): ImageGroup[] {
  return [...new Set(reader.words('GROUPS'))].map((name) => {
    const variable = `GROUP_${name}`
    return {
      name,
      gid: reader.flag(variable, 'gid') || undefined,
      system: wordsIn(reader.flag(variable, 'flags')).includes('system'),
      origin: reader.origin(variable) ?? reader.origin('GROUPS')
    }
  })
}

function wordsIn(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '')
}
