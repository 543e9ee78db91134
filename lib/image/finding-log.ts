import type { Finding } from '../base/finding.ts'
import { plainText } from '../base/text.ts'

/** Findings of one code that are kept; a hostile image could make millions. */
const keptPerCode = 100

/** Collects findings about one image. */
export interface FindingLog {
  /** Adds a finding; the text may quote names from the image, it is cleaned here. */
  add(code: string, severity: Finding['severity'], message: string, path?: string): void
  /** All kept findings in order, then one line per code that was cut off. */
  all(): readonly Finding[]
}

/** An empty log. */
export function createFindingLog(): FindingLog {
  const kept: Finding[] = []
  const counts = new Map<string, { count: number; severity: Finding['severity'] }>()
  return {
    add(code, severity, message, path) {
      const seen = counts.get(code) ?? { count: 0, severity }
      seen.count += 1
      counts.set(code, seen)
      if (seen.count > keptPerCode) return
      kept.push({
        code,
        severity,
        message: plainText(message),
        ...(path === undefined ? {} : { path: plainText(path) })
      })
    },
    all() {
      const cut = [...counts].filter(([, seen]) => seen.count > keptPerCode)
      return [
        ...kept,
        ...cut.map(([code, seen]) => ({
          code,
          severity: seen.severity,
          message: `${seen.count - keptPerCode} more findings of this kind are not shown`
        }))
      ]
    }
  }
}
