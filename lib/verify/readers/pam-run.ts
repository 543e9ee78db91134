import type { PamModule } from './pam.ts'
import { controlActions } from './pam-line.ts'
import type { PamAction, PamAnswer } from './pam-line.ts'

/** What running a stack came to. */
export interface PamRun {
  success: boolean
  /** Modules that were called, in order. */
  called: readonly PamModule[]
}

/**
 * Runs a flattened stack as libpam's dispatcher does (pam_dispatch.c): ok, bad, die, done, reset and jumps,
 * substacks end at their own done and die, a jump skips a whole substack as one and never leaves its own.
 * @param answer what each module answers.
 */
export function runPamStack(modules: readonly PamModule[], answer: (module: PamModule) => PamAnswer): PamRun {
  const called: PamModule[] = []
  const saved: { impression: Impression; good: boolean }[] = []
  let impression: Impression = 'none'
  let good = false
  let level = 0
  let at = 0

  /** Index of the first module after `from` that is not deeper than `depth`. */
  const leave = (from: number, depth: number): number => {
    let next = from
    while ((modules[next]?.level ?? -1) > depth) next++
    return next
  }

  while (at < modules.length) {
    const module = modules[at]!
    if (module.level > level) saved[module.level] = { impression, good }
    level = module.level
    called.push(module)
    const given = answer(module)
    const actions = controlActions(module.control)
    // An unknown control makes libpam fail the whole stack; an answer nobody mentions counts as bad.
    const action: PamAction = actions ? (actions[given] ?? actions['default'] ?? 'bad') : 'die'
    at++
    if (typeof action === 'number') {
      let left = action
      while (left > 0 && (modules[at]?.level ?? -1) >= level) {
        at = leave(at + 1, level)
        left--
      }
      // Jumping past the end is an error: libpam fails.
      if (left > 0) {
        impression = 'bad'
        good = false
      }
      continue
    }
    if (action === 'ignore') continue
    if (action === 'reset') {
      ;({ impression, good } = saved[level] ?? { impression: 'none', good: false })
      continue
    }
    if (action === 'ok' || action === 'done') {
      if (impression === 'none' || (impression === 'good' && good)) {
        impression = 'good'
        good = given === 'success' || given === 'new_authtok_reqd'
      }
      if (action === 'done' && impression === 'good') {
        if (level === 0) break
        at = leaveStack(modules, at, module)
      }
      continue
    }
    if (impression !== 'bad') {
      impression = 'bad'
      good = false
    }
    if (action === 'die') {
      if (level === 0) break
      at = leaveStack(modules, at, module)
    }
  }
  return { success: impression === 'good' && good, called }
}

type Impression = 'none' | 'good' | 'bad'

/** Index of the first module after a substack that is left early. */
function leaveStack(modules: readonly PamModule[], from: number, { level, stack }: PamModule): number {
  let next = from
  while (next < modules.length && (modules[next]!.level > level || modules[next]!.stack === stack)) next++
  return next
}
