import type { Release } from '../../lib/controls/control.ts'
import type { TreeEdit } from './changed-image.ts'

/** How a setting can be defeated; the classes a tester thinks in. */
export const mutationClasses = [
  'edit', // the setting itself changed or removed
  'drop-in', // a later (or, where the first value wins, earlier) file beside it
  'include', // a file pulled in from elsewhere
  'mask', // a unit masked, disabled, overridden, replaced by a unit of /etc
  'diversion', // another file in its place: a link, a diversion, a directory
  'generator', // a generator, preset, alias, condition or default target
  'cmdline', // the kernel command line
  'binary', // another program, library or interpreter in its place
  'package', // a package removed, half-configured or of another name
  'account', // users, groups, passwords, keys
  'permission', // modes, owners, set-id bits
  'service' // something new that listens or runs
] as const
export type MutationClass = (typeof mutationClasses)[number]

/** One change to a passing image. */
export interface Mutation {
  /** What an attacker or a careless colleague did, one line; unique. */
  name: string
  class: MutationClass
  /** Only on these releases. */
  releases?: readonly Release[]
  change: (tree: TreeEdit) => void | Promise<void>
  /** Ids of the checks (`control/check`) and packages (`package:NAME`) that fail; nothing else may change. */
  fails: readonly string[]
  /** Those that must be `unknown` instead: the check rightly can't tell any more. */
  unknown?: readonly string[]
}

/** A change that means nothing: comments, white space, order, other spellings of the same. No result may change. */
export interface Harmless {
  name: string
  releases?: readonly Release[]
  change: (tree: TreeEdit) => void | Promise<void>
}
