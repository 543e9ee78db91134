import type { Command } from 'commander'
import { Argument } from 'commander'
import type { CliContext } from './context.ts'

/** `kas-harden completion SHELL`: the script a shell completes our words with. */
export function addCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .summary('print the completion script of a shell')
    .description(
      'Prints a script made of the same tree as this help. bash: source <(kas-harden completion bash) in ~/.bashrc; zsh: kas-harden completion zsh > a file _kas-harden in a directory of $fpath; fish: kas-harden completion fish > ~/.config/fish/completions/kas-harden.fish.'
    )
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { verbTree } = await import('./verb-tree.ts')
      const { completionScript } = await import('./completion/script.ts')
      context.io.stdout.write(completionScript(shell, verbTree(program)))
    })
}
