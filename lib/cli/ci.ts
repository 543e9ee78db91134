import type { Command } from 'commander'
import { addCiGenerate } from './ci-generate.ts'
import { addCiInit } from './ci-init.ts'
import { addCiRequirements } from './ci-requirements.ts'
import { addCiSummary } from './ci-summary.ts'
import type { CliContext } from './context.ts'

/** `kas-harden ci`: what a project's pipeline needs. */
export function addCi(program: Command, context: CliContext): void {
  const ci = program.command('ci').summary('set up GitLab CI').description('Sets up GitLab CI.')
  addCiInit(ci, context)
  addCiGenerate(ci, context)
  addCiSummary(ci, context)
  addCiRequirements(ci, context)
}
