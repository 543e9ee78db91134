import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import { loadControls } from '../controls/load-controls.ts'
import { lint } from '../kas/lint/lint.ts'
import { readKasProject } from '../kas/project.ts'

/** The findings of a kas project and the top of its source tree. */
export interface LintedProject {
  findings: readonly Finding[]
  root: string
}

/** Looks for the traps in a kas project. @throws HardenError usage, as `readKasProject`. */
export async function lintProject(
  chain: string,
  io: Pick<Io, 'cwd' | 'env'>,
  options: { release?: string } = {}
): Promise<LintedProject> {
  const project = await readKasProject(chain, io, { release: options.release })
  const { controls } = await loadControls()
  // Several controls may want a package; the first one names it.
  const packages = controls.flatMap((control) => control.packages.map((one) => [one.name, one.for] as const))
  return { findings: lint(project, new Map(packages.reverse())), root: project.root }
}
