import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Io } from '../base/io.ts'

/** Options that bring results of the running system, as commander parses them. */
export interface RuntimeOptions {
  runtime?: string
  allowedSigners?: string
}

/** Adds --runtime and --allowed-signers (docs/runtime-results.md). */
export function withRuntime(command: Command): Command {
  return command
    .option('--runtime <file>', 'results of the running system (schemas/runtime-results.schema.json)')
    .option('--allowed-signers <file>', 'whose signature of the results counts, as ssh-keygen(1) writes it')
}

/** The options as `assessImage` takes them: absolute paths. */
export function runtimeChoice(
  { runtime, allowedSigners }: RuntimeOptions,
  { cwd }: Pick<Io, 'cwd'>
): RuntimeOptions {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(cwd, path))
  return { runtime: at(runtime), allowedSigners: at(allowedSigners) }
}
