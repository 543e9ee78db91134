import type { Command } from 'commander'
import { addCiInit } from './ci-init.ts'
import type { CliContext } from './context.ts'

/** `kas-harden ci`: what a project's pipeline needs. */
export function addCi(program: Command, context: CliContext): void {
  const ci = program.command('ci').summary('set up GitLab CI').description('Sets up GitLab CI.')
  addCiInit(ci, context)
}
