import type { Command } from 'commander'
import { targetChoice, withTarget, type CliContext, type TargetOptions } from './context.ts'

/** `kas-harden ci requirements`: the CSV to import into GitLab's requirements management. */
export function addCiRequirements(ci: Command, context: CliContext): void {
  withTarget(ci.command('requirements'))
    .summary("list the target's requirements as a CSV for GitLab's requirements management")
    .description(
      "Prints the requirements of the target as the CSV that GitLab's requirements management imports. What GitLab exports afterwards, named as ci.requirements in kas-harden.yml, lets every pipeline mark them."
    )
    .action(async (options: TargetOptions) => {
      const { openSession } = await import('../flow/session.ts')
      const { requirementsFor } = await import('../catalogue/requirements-for.ts')
      const { renderRequirementsCsv } = await import('../report/gitlab-requirements.ts')
      const { target, catalogue } = await openSession(targetChoice(options), context.io)
      context.io.stdout.write(renderRequirementsCsv(requirementsFor(target, catalogue)))
    })
}
