import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '../../../lib/build/progress.ts'
import { runAll, type RunResult } from '../../../lib/flow/run-all.ts'
import type { TargetChoice } from '../../../lib/flow/session.ts'
import type { Io } from '../../../lib/base/io.ts'
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

/**
 * Copies the example, sets its release and runs the whole main job on it, with keys made for this run.
 * @param parameters lines for the end of kas-harden.yml, where its parameters stand.
 */
export async function buildExample(
  release: string,
  target: TargetChoice,
  parameters = ''
): Promise<BuiltExample> {
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
  try {
    const result = await runAll('kas.yml', target, io, silent, { exampleKey: true, output: 'image' })
    return { io, project, result, keyPath: join(project, 'image', 'access', 'operator-key'), remove }
  } catch (error) {
    remove()
    throw error
  }
}
