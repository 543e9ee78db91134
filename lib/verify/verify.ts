import { messageOf } from '../base/errors.ts'
import type { Finding } from '../base/finding.ts'
import type { Io } from '../base/io.ts'
import { plainText } from '../base/text.ts'
import type { Profile } from '../controls/profile.ts'
import type { CheckResult } from '../controls/result.ts'
import type { ParameterValues } from '../controls/target.ts'
import type { Image } from '../image/image.ts'
import { readOsRelease } from '../image/os-release.ts'
import { lookBeside } from './beside.ts'
import { createCheckContext } from './check-context.ts'
import type { CheckContext } from './check-context.ts'
import { readImageRecord } from './image-record.ts'
import { packageResults } from './package-results.ts'
import { readPackages } from './readers/packages.ts'
import { onlyWhatIsRead } from './only-what-is-read.ts'
import { runCheck } from './run-check.ts'
import type { Verification } from './verification.ts'

/**
 * Answers every check of a profile's controls for one image and looks up its packages. Works on any image
 * we can open, nothing needs to have been built. Results stand in the order of the controls and of their
 * checks, so the same input gives the same result. The image stays open.
 * @param values every parameter of the profile; a check that misses one is `unknown`.
 * @throws HardenError `INTERRUPTED`; nothing else that lies in the image.
 */
export async function verify(
  image: Image,
  profile: Profile,
  values: ParameterValues,
  io: Pick<Io, 'exec' | 'uid'> & Partial<Pick<Io, 'env'>>
): Promise<Verification> {
  const osRelease = await readOsRelease(image).catch(() => undefined)
  const release = osRelease?.['VERSION_CODENAME']
  const context = createCheckContext({
    image: onlyWhatIsRead(image),
    exec: io.exec,
    uid: io.uid,
    release,
    temporary: io.env?.['TMPDIR'] ?? '/tmp'
  })
  const checks: CheckResult[] = []
  for (const control of profile.controls) {
    for (const check of control.checks) checks.push(await runCheck(control.id, check, values, context))
  }
  const packages = await context.read(readPackages).catch(() => undefined)
  const inside = await readImageRecord(image)
  const beside = await lookBeside(image, packages)
  return {
    target: profile.target,
    image: {
      path: image.path,
      format: image.format,
      description: image.description,
      sha512: await image.sha512(),
      release: release === undefined ? undefined : plainText(release).slice(0, 100),
      system:
        osRelease?.['PRETTY_NAME'] === undefined
          ? undefined
          : plainText(osRelease['PRETTY_NAME']).slice(0, 200),
      architecture: packages?.named('libc6')[0]?.architecture ?? packages?.named('dpkg')[0]?.architecture,
      packageCount: packages?.all.filter(({ installed }) => installed).length ?? 0,
      fidelity: inside.fidelity === 'unknown' ? (beside.fidelity ?? 'unknown') : inside.fidelity,
      example: inside.example || beside.example
    },
    parameters: values,
    controls: profile.controls.map(({ id }) => id),
    packages: await packageResults(profile, context),
    checks,
    findings: [...image.findings, ...(await databaseFindings(context)), ...beside.findings]
  }
}

async function databaseFindings(context: CheckContext): Promise<readonly Finding[]> {
  try {
    return (await context.read(readPackages)).findings
  } catch (error) {
    return [
      {
        code: 'DPKG_DATABASE_UNREADABLE',
        severity: 'error',
        message: messageOf(error),
        path: '/var/lib/dpkg/status'
      }
    ]
  }
}
