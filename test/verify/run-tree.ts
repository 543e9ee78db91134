import { nodeExec } from '../../lib/base/exec.ts'
import type { Check } from '../../lib/controls/check.ts'
import type { CheckResult } from '../../lib/controls/result.ts'
import type { Image } from '../../lib/image/image.ts'
import { readOsRelease } from '../../lib/image/os-release.ts'
import { createCheckContext } from '../../lib/verify/check-context.ts'
import type { CheckContext } from '../../lib/verify/check-context.ts'
import { runCheck } from '../../lib/verify/run-check.ts'
import { remembered } from '../remembered-exec.ts'
import { goodChecks, values } from './good-checks.ts'
import { goodTree } from './good-tree.ts'
import { treeImage } from './tree-image.ts'
import type { Tree } from './tree-image.ts'

const exec = remembered(nodeExec(process.env))

/** A context with the real tools of this machine. */
export async function contextOf(image: Image): Promise<CheckContext> {
  const release = (await readOsRelease(image))?.['VERSION_CODENAME']
  return createCheckContext({ image, exec, uid: process.getuid?.() ?? 1, release })
}

/** Runs checks over the good tree with a change laid over it. */
export async function runChecks(
  change: Tree,
  checks: readonly Check[] = goodChecks
): Promise<readonly CheckResult[]> {
  const context = await contextOf(treeImage(goodTree, change))
  const results: CheckResult[] = []
  for (const check of checks) results.push(await runCheck('test', check, values, context))
  return results
}

/** Ids of the checks that did not pass, with their status: `mode: fail`. */
export function notPassed(results: readonly CheckResult[]): readonly string[] {
  return results.filter(({ status }) => status !== 'pass').map(({ check, status }) => `${check}: ${status}`)
}
