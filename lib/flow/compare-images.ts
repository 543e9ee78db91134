import type { Io } from '../base/io.ts'
import { openImage } from '../image/open-image.ts'
import type { Verification } from '../verify/verification.ts'
import type { ComparedImage } from '../report/report-input.ts'

/** The figures of one image that a side-by-side view shows. */
export async function figuresOf(path: string, verification: Verification, io: Io): Promise<ComparedImage> {
  const image = await openImage(path, io)
  try {
    const setuid = [...image.entries.values()].filter(
      (entry) => entry.type === 'file' && (entry.mode & 0o6000) !== 0
    )
    return {
      checksPassed: verification.checks.filter((check) => check.status === 'pass').length,
      // A check meant for another release was not asked here.
      checksTotal: verification.checks.filter((check) => check.status !== 'not-applicable').length,
      setuidFiles: setuid.length,
      packages: verification.image.packageCount
    }
  } finally {
    await image.close()
  }
}
