import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Exec } from '../base/exec.ts'
import type { Io } from '../base/io.ts'
import type { World } from '../base/node-world.ts'
import type { TargetChoice } from '../flow/session.ts'
import type { GitLayerChoice } from '../harden/layer-source.ts'

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
    .option('--release <codename>', "Debian release, where it can't be read: bullseye, bookworm or trixie")
}

/** Options that name our layer in git, as commander parses them. */
export interface LayerOptions {
  layerUrl?: string
  layerCommit?: string
  layerPath?: string
}

/** Adds --layer-url, --layer-commit and --layer-path. */
export function withLayer(command: Command): Command {
  return command
    .option('--layer-url <url>', 'take our layer from this git repository instead of a copy in the project')
    .option('--layer-commit <hash>', 'the commit of it, all 40 digits')
    .option('--layer-path <folder>', 'folder of the layer in it (default: recipes)')
}

/** The layer's options; undefined when none was given, so that kas-harden.yml counts. */
export function layerChoice({ layerUrl, layerCommit, layerPath }: LayerOptions): GitLayerChoice | undefined {
  if (layerUrl === undefined && layerCommit === undefined && layerPath === undefined) return undefined
  return { url: layerUrl, commit: layerCommit, path: layerPath }
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

/** Whether GitLab's reports are wanted: asked for, or inside one of its jobs, where GITLAB_CI is set. */
export function wantsGitlab(io: Pick<Io, 'env'>, asked: boolean | undefined): boolean {
  return asked === true || io.env['GITLAB_CI'] === 'true'
}
