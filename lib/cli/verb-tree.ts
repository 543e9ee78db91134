import type { Argument, Command, Option } from 'commander'

/** A verb as help, manual page and completion see it. */
export interface Verb {
  /** `['sbom', 'check']`; empty for the command itself. */
  words: readonly string[]
  summary: string
  description: string
  arguments: readonly Operand[]
  options: readonly Flag[]
  verbs: readonly Verb[]
}

/** A word a verb takes by its place. */
export interface Operand {
  name: string
  description: string
  required: boolean
  several: boolean
}

/** An option as a user writes it. */
export interface Flag {
  /** `-o, --output <file>`, as help shows it. */
  flags: string
  short?: string
  long: string
  description: string
  /** Name of its value, such as `file`; undefined for a switch. */
  value?: string
  /** The only values there are. */
  choices?: readonly string[]
  default?: string
}

/** The commander tree as plain data; what is hidden from help is hidden here. */
export function verbTree(program: Command): Verb {
  return verbOf(program, [])
}

function verbOf(command: Command, words: readonly string[]): Verb {
  const help = command.createHelp()
  return {
    words,
    summary: command.summary(),
    description: command.description(),
    arguments: command.registeredArguments.map(operandOf),
    options: help.visibleOptions(command).map(flagOf),
    verbs: help
      .visibleCommands(command)
      .filter((one) => one.name() !== 'help')
      .map((one) => verbOf(one, [...words, one.name()]))
  }
}

function operandOf(argument: Argument): Operand {
  return {
    name: argument.name(),
    description: argument.description,
    required: argument.required,
    several: argument.variadic
  }
}

function flagOf(option: Option): Flag {
  const value = /[<[]([^\]>]+?)(?:\.{3})?[\]>]/.exec(option.flags)?.[1]
  return {
    flags: option.flags,
    short: option.short,
    long: option.long ?? '',
    description: option.description,
    value,
    choices: option.argChoices,
    default: typeof option.defaultValue === 'string' ? option.defaultValue : undefined
  }
}

/** A verb and all below it, in the order of help. */
export function allVerbs(verb: Verb): readonly Verb[] {
  return [verb, ...verb.verbs.flatMap(allVerbs)]
}
