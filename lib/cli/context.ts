import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Exec } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import type { World } from '../base/node-world.ts'
import type { TargetChoice } from '../flow/session.ts'

/** The world as the command has it at first: what runs programs is loaded when a verb starts, not for `--help`. */
export interface CliWorld extends World {
  readonly loadExec: () => Promise<Exec>
}

/** What every verb gets: the world, and where its exit code goes. */
export interface CliContext {
  /** Complete when a verb's action runs. */
  io: Io
  exitCode: number
}

/** Options that choose the target, as commander parses them. */
export interface TargetOptions {
  sl?: number
  component?: string[]
  edition?: string
  config?: string
  release?: string
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Not a whole number.')
  return Number(text)
}

function list(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())]
}

/** Adds --sl, --component, --edition, --config and --release. */
export function withTarget(command: Command): Command {
  return command
    .option('--sl <level>', 'aimed security level (SL-C), 1 to 4', wholeNumber)
    .option('--component <type>', 'component type: EDR, HDR, NDR or SAR; several by comma', list)
    .option('--edition <year>', 'edition of IEC 62443-4-2')
    .option('--config <file>', "the project's kas-harden.yml (default: the one in the current directory)")
    .option('--release <codename>', "Debian release, where it can't be read: bookworm or trixie")
}

/** The options as the session takes them. */
export function targetChoice(options: TargetOptions): TargetChoice {
  return {
    securityLevel: options.sl,
    components: options.component,
    edition: options.edition,
    config: options.config
  }
}

/** Writes JSON for machines: two blanks, one newline at the end. */
export function writeJson(io: Io, value: unknown): void {
  io.stdout.write(JSON.stringify(value, null, 2) + '\n')
}
