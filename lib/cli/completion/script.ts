import type { Verb } from '../verb-tree.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

/** The completion script of a shell, whole and static: pressing Tab starts no Node. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', tree: Verb): string {
  const make = { bash: bashScript, zsh: zshScript, fish: fishScript }
  return make[shell](tree)
}
