import type { Command } from 'commander'
import {
  layerChoice,
  type LayerOptions,
  targetChoice,
  withLayer,
  withTarget,
  writeJson,
  type CliContext,
  type TargetOptions
} from './context.ts'
import type { PlanJson } from './results.ts'

/** `kas-harden plan`: what would be done and why. Changes nothing. */
export function addPlan(program: Command, context: CliContext): void {
  withLayer(withTarget(program.command('plan')))
    .summary('show what hardening a kas project means')
    .description(
      'Reads the kas project and prints requirement, control, packages and settings, the overlay, what may break and what stays open. Changes nothing.'
    )
    .argument('<chain>', 'kas files, joined by colons: kas.yml:board.yml')
    .option('--json', 'machine-readable')
    .action(async (chain: string, options: TargetOptions & LayerOptions & { json?: boolean }) => {
      const { openSession } = await import('../flow/session.ts')
      const { planProject } = await import('../flow/plan-project.ts')
      const { describePlan } = await import('../harden/describe-plan.ts')
      const session = await openSession(targetChoice(options), context.io)
      const { plan } = await planProject(chain, session, context.io, {
        release: options.release,
        layer: layerChoice(options)
      })
      if (options.json) {
        const { profile, ...rest } = plan
        writeJson(context.io, {
          ...rest,
          packages: profile.packages,
          settings: profile.settings,
          cmdline: profile.cmdline
        } satisfies PlanJson)
      } else context.io.stdout.write(describePlan(plan))
    })
}
