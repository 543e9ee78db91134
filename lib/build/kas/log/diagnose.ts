import type { Diagnosis, FailedBuild } from '../diagnosis.ts'

/** Why a build failed, from its kept log; `BUILD_FAILED` where no rule knows better. */
export function diagnose(failed: FailedBuild): Promise<Diagnosis> {
  return Promise.resolve({
    code: 'BUILD_FAILED',
    message: `${failed.engine} ended with exit code ${String(failed.exitCode)}`,
    hint: `look into the log: ${failed.logPath}`,
    kind: 'build',
    evidence: [],
    path: failed.logPath
  })
}
