import type { Io } from '../base/io.ts'
import type { Finding } from '../base/finding.ts'
import { assess } from '../assess/assess.ts'
import type { Assessment } from '../assess/assessment.ts'
import { gate, type GateResult } from '../assess/gate.ts'
import { readRuntimeFile } from '../assess/runtime-file.ts'
import type { Profile } from '../controls/profile.ts'
import { openImage } from '../image/open-image.ts'
import { readOsRelease } from '../image/os-release.ts'
import { verify } from '../verify/verify.ts'
import type { Verification } from '../verify/verification.ts'
import { sessionProfile } from './session-profile.ts'
import { releaseNamed, type Session } from './session.ts'

/** Everything a report is rendered from. */
export interface AssessedImage {
  profile: Profile
  verification: Verification
  assessment: Assessment
  gate: GateResult
  findings: readonly Finding[]
}

/** Results of the running system, by paths; see `readRuntimeFile`. */
export interface RuntimeChoice {
  runtime?: string
  allowedSigners?: string
}

/**
 * Refuses results that can't be read before anything long is started; what they prove is asked once there is an image.
 * @throws HardenError as `readRuntimeFile`.
 */
export async function checkRuntime(choice: RuntimeChoice, session: Session, io: Io): Promise<void> {
  if (choice.runtime === undefined) return
  const { controls } = session
  await readRuntimeFile(choice.runtime, { controls, allowedSigners: choice.allowedSigners }, io)
}

/**
 * Opens anybody's image, verifies it and assesses it. Nothing needs to have been built before.
 * @throws HardenError usage when the image can't be read or its release has no profile.
 */
export async function assessImage(
  path: string,
  session: Session,
  io: Io,
  options: RuntimeChoice & { release?: string } = {}
): Promise<AssessedImage> {
  const image = await openImage(path, io)
  try {
    const release = releaseNamed(options.release ?? (await readOsRelease(image))?.['VERSION_CODENAME'], path)
    const { profile, resolved } = sessionProfile(session, release)
    const runtime =
      options.runtime === undefined
        ? undefined
        : await readRuntimeFile(
            options.runtime,
            { controls: profile.controls, allowedSigners: options.allowedSigners },
            io
          )
    const verification = await verify(image, profile, resolved.values, io)
    const assessment = assess(verification, profile, {
      now: io.now(),
      waivers: session.config.waivers,
      statements: session.config.statements,
      runtime: runtime?.evidence,
      unreviewed: session.controls.filter((one) => one.origin === 'user').map(({ id }) => id),
      catalogue: session.catalogue
    })
    return {
      profile,
      verification,
      assessment,
      gate: gate(assessment, session.config.failOn),
      // A parameter only the project knows is no fault of an image we merely look at.
      findings: [
        ...session.findings,
        ...resolved.findings.filter((finding) => finding.code !== 'PARAMETER_REQUIRED'),
        ...(runtime?.findings ?? [])
      ]
    }
  } finally {
    await image.close()
  }
}
