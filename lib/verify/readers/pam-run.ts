import type { PamModule } from './pam.ts'
import { controlActions } from './pam-line.ts'
import type { PamAction, PamAnswer } from './pam-line.ts'

/** What running a stack came to. */
export interface PamRun {
  success: boolean
  /** Modules that were called, in order. */
  called: readonly PamModule[]
}

type Impression = 'none' | 'good' | 'bad'

/**
 * Runs a flattened stack as libpam's dispatcher does (pam.conf(5), pam_dispatch.c): ok, bad, die, done, reset
 * and jumps; done and die end their own substack only, a jump takes a substack as one module and never leaves
 * its own.
 * @param answer what each module answers.
 */
export function runPamStack(modules: readonly PamModule[], answer: (module: PamModule) => PamAnswer): PamRun {
  const called: PamModule[] = []
  /** State at the entry of each level, which `reset` goes back to. */
  const entered: { impression: Impression; good: boolean }[] = [{ impression: 'none', good: false }]
  let impression: Impression = 'none'
  let good = false
  let before = 0
  const levelAt = (index: number): number => modules[index]?.level ?? -1

  for (let at = 0; at < modules.length; at++) {
    const module = modules[at]!
    const { level } = module
    if (level > before) entered[level] = { impression, good }
    before = level
    if (module.module === '') continue // the line of a substack itself
    called.push(module)
    const given = answer(module)
    const action = actionOf(module, given)
    if (action === 'ok' || action === 'done') {
      if (impression === 'none' || (impression === 'good' && good)) {
        impression = 'good'
        good = given === 'success'
      }
    } else if (action === 'bad' || action === 'die') {
      impression = 'bad'
      good = false
    } else if (action === 'reset') {
      ;({ impression, good } = entered[level] ?? { impression: 'none', good: false })
    } else if (typeof action === 'number') {
      let left = action
      for (; left > 0 && levelAt(at + 1) >= level; left--) {
        do at++
        while (levelAt(at + 1) > level)
      }
      // Too few modules to jump over: libpam calls it a bad jump and fails.
      if (left > 0) {
        impression = 'bad'
        good = false
      }
    }
    if (action === 'die' || (action === 'done' && impression === 'good')) {
      while (levelAt(at + 1) >= level) at++
    }
  }
  return { success: impression === 'good' && good, called }
}

/** An unknown control makes libpam fail; an answer nobody mentions counts as bad. */
function actionOf({ control }: PamModule, given: PamAnswer): PamAction {
  const actions = controlActions(control)
  return actions ? (actions[given] ?? actions['default'] ?? 'bad') : 'bad'
}
