import { join } from 'node:path'
import { stat } from 'node:fs/promises'
import { HardenError } from '../base/errors.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import type { ChosenEngine } from '../build/kas/choose-engine.ts'
import type { ArtefactKind, KasArtefact } from '../build/kas/deploy.ts'
import type { Progress } from '../build/progress.ts'
import { assessImage, checkRuntime, type AssessedImage, type RuntimeChoice } from './assess-image.ts'
import { describeImage } from './describe-image.ts'
import { isarDebDirectories } from './isar-debs.ts'
import { compareWithIsar, isarSbomOf } from './isar-sbom.ts'
import { kasBuild, type KasBuildChoice, type KasBuilt } from './kas-build.ts'
import { openSession, type TargetChoice } from './session.ts'
import { whichEngine } from './which-engine.ts'
import { writeReports } from './write-reports.ts'

/** What a whole run with kas made. */
export interface KasRunResult {
  built: KasBuilt
  /** What was described and verified. */
  image: string
  assessed: AssessedImage
  sbom: string
  reports: readonly string[]
  closing: string
}

/** What tells most about the product first: the disk has a boot loader and kernel arguments, a tree has not. */
const tellingMost: readonly ArtefactKind[] = ['disk', 'ext4', 'squashfs', 'erofs', 'tar', 'rootfs']

/** Compressed forms the reader of images knows. */
const readable = /\.(?:wic|ext4|squashfs|erofs|tar|tar\.(?:gz|xz|zst))$/

/**
 * The artefact to describe and verify.
 * @throws HardenError build `NO_IMAGE` when the build left nothing that can be read.
 */
export function imageOf(built: KasBuilt): KasArtefact {
  for (const kind of tellingMost) {
    const found = built.artefacts.find(
      (one) => one.kind === kind && (kind === 'rootfs' || readable.test(one.path))
    )
    if (found) return found
  }
  throw new HardenError('build', 'NO_IMAGE', 'The build left no image to verify.', {
    path: built.log,
    hint: 'Build an image (IMAGE_FSTYPES with wic, ext4 or tar.zst) or --task rootfs; without --task listing tasks only.'
  })
}

/**
 * Build with kas or kas-container, then SBOM, verification, assessment and report of the disk, file system or root
 * directory it left. @throws HardenError of any step.
 */
export async function runWithKas(
  chain: string,
  target: TargetChoice,
  io: Io,
  progress: Progress,
  choice: Omit<KasBuildChoice, 'engine' | 'runtime' | 'target'> & {
    /** By name, or chosen already; absent: as `whichEngine` says. */
    engine?: string | ChosenEngine
    output?: string
    /** Results of the running system; `runtime` of a build is what runs containers. */
    results?: RuntimeChoice
  }
): Promise<KasRunResult> {
  const session = await openSession(target, io)
  await checkRuntime(choice.results ?? {}, session, io)
  const { engine: wish, mode, release } = choice
  const { engine, runtime, reason } =
    typeof wish === 'object'
      ? wish
      : await whichEngine(chain, { engine: wish, mode, release, config: target.config }, io)
  if (engine === 'mmdebstrap')
    throw new HardenError('internal', 'ENGINE', 'The embedded engine has a run of its own.')
  progress.note(`engine ${engine}: ${reason}`)
  const built = await kasBuild(chain, io, progress, { ...choice, engine, runtime, target, session })
  const image = imageOf(built)
  const output = choice.output ?? join(built.workDir, 'result')

  progress.phase('SBOM')
  const sbomPath = join(output, `${image.name}.cdx.json`)
  const epoch = io.env['SOURCE_DATE_EPOCH'] ?? String(Math.floor((await stat(image.path)).mtimeMs / 1000))
  const dated: Io = { ...io, env: { ...io.env, SOURCE_DATE_EPOCH: epoch } }
  const debDirectory = await isarDebDirectories(built.workDir, io)
  const sbom = await describeImage(image.path, dated, debDirectory.length > 0 ? { debDirectory } : {})
  await writeWhole(sbomPath, sbom.json)

  const isar = await isarSbomOf(image, built.artefacts)
  const differences = isar ? await compareWithIsar(sbom.json, isar) : []
  const mismatches = differences.filter(({ severity }) => severity === 'error')
  for (const { message } of mismatches) progress.note(message)

  progress.phase('verify and assess')
  const verified = await assessImage(image.path, session, io, { release, ...choice.results })
  const findings = [...verified.verification.findings, ...differences]
  const assessed = { ...verified, verification: { ...verified.verification, findings } }
  progress.phase('reports')
  const reports = await writeReports(assessed, join(output, 'report'))
  const closing = [
    `Image:   ${image.path}`,
    `SBOM:    ${sbomPath}`,
    ...(isar
      ? [`isar's:  ${isar.path}, ${mismatches.length > 0 ? 'other packages' : 'the same packages'}`]
      : []),
    `Report:  ${reports[0] ?? ''}`,
    `Log:     ${built.log}`,
    ''
  ]
  return { built, image: image.path, assessed, sbom: sbomPath, reports, closing: closing.join('\n') }
}
