import type { Assignment, Origin } from './bitbake-parse.ts'

/** What a value turned out to be. */
export interface Expansion {
  /** Undefined when nothing sets the variable. */
  value: string | undefined
  /** Names in `${…}` that nothing sets; they stay as written. */
  unset: readonly string[]
  /** Inline python found on the way. */
  python: readonly string[]
  /** The circle of names, when a variable refers to itself. */
  circle: readonly string[] | undefined
}

/** The variables of a configuration, with BitBake's rules for reading them. */
export interface DataStore {
  assign(assignment: Assignment): void
  /** Sets a variable as the surroundings do (distro, machine, environment). */
  preset(name: string, value: string, weak?: boolean): void
  names(): readonly string[]
  /** The value a recipe would see. */
  read(name: string): Expansion
  readFlag(name: string, flag: string): Expansion
  flagNames(name: string): readonly string[]
  /** All places that set or change the variable, first to last. */
  origins(name: string): readonly Origin[]
  flagOrigin(name: string, flag: string): Origin | undefined
}
