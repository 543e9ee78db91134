import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '../../../lib/build/progress.ts'
import type { Io } from '../../../lib/base/io.ts'
import type { BuildRequest } from '../../../lib/build/request.ts'
import { buildRequestOf } from '../../../lib/flow/build-request.ts'
import { makeExampleAccess } from '../../../lib/flow/example-access.ts'
import { planProject } from '../../../lib/flow/plan-project.ts'
import { runAll, type RunResult } from '../../../lib/flow/run-all.ts'
import { openSession, type Session, type TargetChoice } from '../../../lib/flow/session.ts'
import { apply } from '../../../lib/harden/apply.ts'
import { readKasProject } from '../../../lib/kas/project.ts'
import { collectingIo } from '../../run-cli.ts'

/** A hardened and built copy of examples/qemu-amd64. */
export interface BuiltExample {
  io: Io
  project: string
  result: RunResult
  keyPath: string
  remove(): void
}

const example = join(import.meta.dirname, '../../../examples/qemu-amd64')

/** A copy of the example on a release, with nothing applied yet; `parameters` are lines for its kas-harden.yml. */
function copyExample(release: string, parameters: string): { project: string; io: Io; remove: () => void } {
  // Below /var/tmp: an image and its trees are too large for a /tmp in memory.
  const project = mkdtempSync(join(process.env['TMPDIR'] ?? '/var/tmp', `kas-harden-e2e-${release}-`))
  mkdirSync(project, { recursive: true })
  writeFileSync(
    join(project, 'kas-harden.yml'),
    readFileSync(join(example, 'kas-harden.yml'), 'utf8') + parameters
  )
  const kas = readFileSync(join(example, 'kas.yml'), 'utf8')
  const onRelease = kas.replace('debian-bookworm', `debian-${release}`)
  // dhcpcd has another name in Debian 11, and mirrors no longer hold every cloud kernel its indices name
  const text =
    release === 'bullseye'
      ? onRelease.replace(' dhcpcd ', ' dhcpcd5 ').replace('"cloud-amd64"', '"amd64"')
      : onRelease
  writeFileSync(join(project, 'kas.yml'), text)
  execFileSync('git', ['init', '-q', project])
  const { io } = collectingIo(project, { TMPDIR: process.env['TMPDIR'] ?? tmpdir() })
  const remove = () => {
    rmSync(project, { recursive: true, force: true })
  }
  return { project, io, remove }
}

/** What the embedded engine is asked to build of the hardened example. */
export async function plannedExample(
  release: string,
  target: TargetChoice,
  parameters = ''
): Promise<{ request: BuildRequest; session: Session; io: Io; remove: () => void }> {
  const { project, io, remove } = copyExample(release, parameters)
  try {
    const opened = await openSession(target, io)
    const access = await makeExampleAccess(opened.config, join(project, 'access'), io)
    const session = { ...opened, config: access.config }
    const { plan, project: kas } = await planProject('kas.yml', session, io, { example: true })
    await apply(plan, kas.root)
    const hardened = await readKasProject(plan.buildChain, { ...io, cwd: kas.root })
    return { request: buildRequestOf(hardened), session, io, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/**
 * Copies the example, sets its release and runs the whole main job on it, with keys made for this run.
 * @param parameters lines for the end of kas-harden.yml, where its parameters stand.
 */
export async function buildExample(
  release: string,
  target: TargetChoice,
  parameters = ''
): Promise<BuiltExample> {
  const { project, io, remove } = copyExample(release, parameters)
  try {
    const result = await runAll('kas.yml', target, io, silent, { exampleKey: true, output: 'image' })
    return { io, project, result, keyPath: join(project, 'image', 'access', 'operator-key'), remove }
  } catch (error) {
    remove()
    throw error
  }
}
