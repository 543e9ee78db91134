import type { Command } from 'commander'
import { writeJson, type CliContext } from './context.ts'
import type { ExplainJson } from './results.ts'

/** `kas-harden explain "CR 1.11"`: one requirement, in our own words, and all we do about it. */
export function addExplain(program: Command, context: CliContext): void {
  program
    .command('explain')
    .summary('explain one requirement and what is done about it')
    .description(
      'Title, paraphrase, security level per component type, the controls that serve it, their packages and checks, what remains and whose it is.'
    )
    .argument('<requirement>', 'id, as people write it: "CR 1.11", cr1.11, "EDR 3.14 RE(1)"')
    .option('--json', 'machine-readable')
    .action(async (requirement: string, options: { json?: boolean }) => {
      const { explain, describeExplanation } = await import('../flow/explain.ts')
      const explanation = await explain(requirement)
      if (options.json) writeJson(context.io, explanation satisfies ExplainJson)
      else context.io.stdout.write(describeExplanation(explanation))
    })
}
