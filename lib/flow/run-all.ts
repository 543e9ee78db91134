import { mkdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import { withLock } from '../base/lock.ts'
import { writeWhole } from '../base/files.ts'
import { findFirmware } from '../boot/firmware.ts'
import { manualCommands, type ManualCommands } from '../boot/manual-command.ts'
import { buildEmbedded, type BuildResult } from '../build/engine-mmdebstrap.ts'
import type { Progress } from '../build/progress.ts'
import { readLockFile } from '../build/lock-file.ts'
import { fullName } from '../build/request.ts'
import { apply } from '../harden/apply.ts'
import { readKasProject } from '../kas/project.ts'
import type { Comparison } from '../report/report-input.ts'
import { patience } from './apply-project.ts'
import { assessImage, checkRuntime, type AssessedImage, type RuntimeChoice } from './assess-image.ts'
import { buildRequestOf } from './build-request.ts'
import { defaultOutput, mirrorsOf, type BuildChoice } from './build-project.ts'
import { figuresOf } from './compare-images.ts'
import { describeImage } from './describe-image.ts'
import { makeExampleAccess, type ExampleAccess } from './example-access.ts'
import { planProject } from './plan-project.ts'
import { portsOfHardened, portsOfPlain } from './listening-ports.ts'
import { openSession, type Session, type TargetChoice } from './session.ts'
import { whoWants } from './who-wants.ts'
import { writeReports } from './write-reports.ts'

/** Choices of a whole run. */
export interface RunChoice extends BuildChoice, RuntimeChoice {
  release?: string
  /** Build the plain image as well and compare. */
  comparePlain?: boolean
  /** Boot what was built in QEMU and log in with the example's key; needs `exampleKey`. */
  boot?: boolean
  /** Fill accounts without access with throw-away keys; marks the image. */
  exampleKey?: boolean
}

/** What a whole run made. */
export interface RunResult {
  built: BuildResult
  assessed: AssessedImage
  sbom: string
  reports: readonly string[]
  comparison?: Comparison
  /** Where everything lies and how to go on, for people. */
  closing: string
}

interface PlainBuild {
  choice: RunChoice
  chain: string
  output: string
  session: Session
}

/** Builds the same project without any control and reads its figures. */
async function plainFigures({ choice, chain, output, session }: PlainBuild, io: Io, progress: Progress) {
  progress.note('the plain image, for comparison')
  const request = buildRequestOf(await readKasProject(chain, io), new Map())
  const built = await buildEmbedded(
    request,
    { output: join(output, 'plain'), mirrors: mirrorsOf(choice), allowIncomplete: true },
    io,
    progress
  )
  const { verification } = await assessImage(built.artefacts.wic, session, io, { release: request.release })
  return { wic: built.artefacts.wic, figures: await figuresOf(built.artefacts.wic, verification, io) }
}

function closingText(
  built: BuildResult,
  sbom: string,
  reports: readonly string[],
  access: ExampleAccess | undefined,
  comparison: Comparison | undefined,
  commands: ManualCommands | undefined,
  io: Io
): string {
  const shown = (path: string) => {
    const near = relative(io.cwd, path)
    return near.startsWith('..') ? path : near
  }
  const lines = [
    `Image:   ${shown(built.artefacts.wic)}`,
    `SBOM:    ${shown(sbom)}`,
    `Report:  ${shown(reports[0] ?? '')}`
  ]
  if (comparison) {
    const { plain, hardened } = comparison
    lines.push(
      '',
      'Side by side             plain  hardened',
      `  checks passed     ${`${plain.checksPassed}/${plain.checksTotal}`.padStart(10)} ${`${hardened.checksPassed}/${hardened.checksTotal}`.padStart(9)}`,
      ...(plain.openPorts === undefined || hardened.openPorts === undefined
        ? []
        : [
            `  listening ports   ${String(plain.openPorts).padStart(10)} ${String(hardened.openPorts).padStart(9)}`
          ]),
      `  setuid, setgid    ${String(plain.setuidFiles).padStart(10)} ${String(hardened.setuidFiles).padStart(9)}`,
      `  packages          ${String(plain.packages).padStart(10)} ${String(hardened.packages).padStart(9)}`
    )
  }
  if (commands) lines.push('', 'Boot it (Ctrl-A X ends it):', `  ${commands.boot}`)
  if (access) {
    if (commands) lines.push('Log in from a second terminal:', `  ${commands.ssh}`)
    lines.push(
      `The key is a throw-away one made for this run, and so is the first password in ${shown(access.notePath)} (both 0600).`,
      'This image is an example: never put it on a device.'
    )
  }
  return lines.join('\n') + '\n'
}

/** Harden, build, describe, verify, assess, report: the main job. @throws HardenError of any step. */
export async function runAll(
  chain: string,
  target: TargetChoice,
  io: Io,
  progress: Progress,
  choice: RunChoice = {}
): Promise<RunResult> {
  if (choice.boot && !choice.exampleKey) {
    throw new HardenError('usage', 'BOOT_NEEDS_KEY', 'Booting and logging in needs a private key.', {
      hint: 'Add --example-key to make throw-away ones, or boot the image yourself.'
    })
  }
  const session = await openSession(target, io)
  await checkRuntime(choice, session, io)
  const project = await readKasProject(chain, io, { release: choice.release })
  const output = choice.output ? resolve(io.cwd, choice.output) : defaultOutput(project)
  return withLock(output, 'run', io, () => runInto(output, { chain, session, choice }, io, progress))
}

interface Run {
  chain: string
  session: Session
  choice: RunChoice
}

async function runInto(
  output: string,
  { chain, session: opened, choice }: Run,
  io: Io,
  progress: Progress
): Promise<RunResult> {
  const access = choice.exampleKey
    ? await makeExampleAccess(opened.config, join(output, 'access'), io)
    : undefined
  const session: Session = access ? { ...opened, config: access.config } : opened

  progress.phase('plan and apply')
  const planned = await planProject(chain, session, io, {
    release: choice.release,
    example: choice.exampleKey
  })
  const { root } = planned.project
  const applyAndRead = async () => {
    await apply(planned.plan, root)
    return readKasProject(planned.plan.buildChain, { ...io, cwd: root }, { release: choice.release })
  }
  // One lock for both: what is built is what this run wrote.
  const hardened = await (output === root
    ? applyAndRead()
    : withLock(root, 'apply', io, applyAndRead, patience))
  const request = buildRequestOf(hardened, await whoWants())

  await mkdir(output, { recursive: true })
  const built = await buildEmbedded(
    request,
    { output, mirrors: mirrorsOf(choice), allowIncomplete: choice.allowIncomplete, locked: choice.locked },
    io,
    progress
  )
  progress.phase('SBOM')
  const sbomPath = join(output, `${fullName(request)}.cdx.json`)
  const dated: Io = { ...io, env: { ...io.env, SOURCE_DATE_EPOCH: String(built.epoch) } }
  const { packages } = await readLockFile(built.artefacts.lock)
  const sbom = await describeImage(built.artefacts.wic, dated, { debs: packages })
  await writeWhole(sbomPath, sbom.json)

  progress.phase('verify and assess')
  const { release } = request
  const { runtime, allowedSigners } = choice
  const assessed = await assessImage(built.artefacts.wic, session, io, { release, runtime, allowedSigners })
  let comparison: Comparison | undefined
  if (choice.comparePlain) {
    const plain = await plainFigures({ choice, chain, output, session }, io, progress)
    comparison = {
      plain: plain.figures,
      hardened: await figuresOf(built.artefacts.wic, assessed.verification, io)
    }
    if (choice.boot && access) {
      progress.phase('boot the plain image')
      comparison.plain.openPorts = (await portsOfPlain(plain.wic, access.keyPath, io)).length
    }
  }
  let ports: readonly string[] | undefined
  if (choice.boot && access) {
    progress.phase('boot the hardened image and log in')
    const owner = access.config.accounts[0]?.name ?? 'root'
    ports = await portsOfHardened(built.artefacts.wic, owner, access.keyPath, io)
    if (comparison) comparison.hardened.openPorts = ports.length
  }
  progress.phase('reports')
  const reports = await writeReports({ ...assessed, comparison }, join(output, 'report'))
  // Without QEMU's firmware on this machine there is nothing to paste.
  const firmware = await findFirmware().catch(() => undefined)
  const commands =
    firmware &&
    manualCommands(built.artefacts.wic, {
      firmware,
      user: access?.config.accounts[0]?.name ?? 'root',
      keyPath: access?.keyPath ?? 'KEY',
      cwd: io.cwd
    })
  return {
    built,
    assessed,
    sbom: sbomPath,
    reports,
    comparison,
    closing: closingText(built, sbomPath, reports, access, comparison, commands, io)
  }
}
