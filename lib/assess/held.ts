import type { Finding } from '../base/finding.ts'

/** Requirements a published secret makes worthless, by clause number: every component type is touched. */
const touched: readonly { code: RegExp; clauses: readonly string[] }[] = [
  { code: /(KNOWN|EMPTY|DEFAULT)_PASSWORD/, clauses: ['CR 1.1', 'CR 1.5', 'CR 1.7'] },
  {
    code: /(SNAKEOIL|TEST)_KEY|(SNAKEOIL|TEST)_CERTIFICATE/,
    clauses: ['3.10 RE(1)', '3.12', '3.14', '3.14 RE(1)']
  },
  { code: /PRIVATE_KEY/, clauses: ['CR 1.2', 'CR 1.2 RE(1)', 'CR 1.9'] }
]

/**
 * Why a line can't be better than not met: a test or snakeoil key or a known
 * password in the image that touches it. A finding names its requirements
 * itself; for those that don't, the table above does. Any error finding that
 * names a requirement holds it too.
 */
export function heldBy(id: string, findings: readonly Finding[]): string[] {
  return findings.filter((finding) => touches(finding, id)).map((finding) => finding.message)
}

function touches(finding: Finding, id: string): boolean {
  const secret = touched.filter((one) => one.code.test(finding.code))
  if (finding.requirement?.includes(id) && (secret.length > 0 || finding.severity === 'error')) return true
  const clause = id.replace(/^[A-Z]+ /, '')
  return secret.some((one) => one.clauses.some((wanted) => wanted === id || wanted === clause))
}
