import type { Control } from '../controls/control.ts'
import type { CheckResult } from '../controls/result.ts'
import type { Verification } from '../verify/verification.ts'

/** A key or password in the image that anybody knows, and the clauses it makes worthless. */
export interface PublishedSecret {
  message: string
  /** Ids (`CR 1.1`) or clause numbers that stand for every component type (`3.14`). */
  clauses: readonly string[]
}

const passwordClauses = ['CR 1.1', 'CR 1.5', 'CR 1.7']
const accessClauses = ['CR 1.1', 'CR 1.5']
const identityClauses = ['CR 1.2', 'CR 1.5', 'CR 1.9']
const bootClauses = ['3.10 RE(1)', '3.12', '3.14', '3.14 RE(1)']

/**
 * Test and snakeoil keys and known or empty passwords, from the checks that
 * look for them and from findings. Any error finding that names requirements
 * counts too: it says itself what it touches.
 */
export function publishedSecrets(
  verification: Verification,
  controls: readonly Control[]
): PublishedSecret[] {
  const failed = verification.checks.filter((one) => one.status === 'fail')
  return [
    ...failed.flatMap((one) => {
      const clauses = clausesOf(one, controls)
      return clauses.length > 0 ? [{ message: `${one.title}: ${one.message}`, clauses }] : []
    }),
    ...verification.findings.flatMap(({ code, severity, message, path, requirement = [] }) => {
      const clauses = [
        ...(/(KNOWN|EMPTY|DEFAULT)_PASSWORD/.test(code) ? passwordClauses : []),
        ...(/(SNAKEOIL|TEST)_(KEY|CERTIFICATE)/.test(code) ? keyClauses(path ?? '') : [])
      ]
      const named = severity === 'error' || clauses.length > 0 ? requirement : []
      return clauses.length + named.length > 0 ? [{ message, clauses: [...clauses, ...named] }] : []
    })
  ]
}

/** Why a line can't be better than not met; empty when nothing published touches it. */
export function heldBy(id: string, secrets: readonly PublishedSecret[]): string[] {
  const clause = id.replace(/^[A-Z]+ /, '')
  return secrets
    .filter(({ clauses }) => clauses.includes(id) || clauses.includes(clause))
    .map(({ message }) => message)
}

function clausesOf(result: CheckResult, controls: readonly Control[]): string[] {
  const control = controls.find((one) => one.id === result.control)
  const check = control?.checks.find((one) => one.id === result.check)
  if (check?.type === 'account' && ['no-known-password', 'no-empty-password'].includes(check.rule)) {
    return passwordClauses
  }
  if (check?.type !== 'secrets' || check.rule !== 'test-keys') return []
  return [...new Set(result.evidence.flatMap(({ path }) => keyClauses(path ?? '')))]
}

/** What a key is for follows from where it lies: a login, the start of the system and its updates, or an identity. */
function keyClauses(path: string): string[] {
  if (/authorized_keys/.test(path)) return accessClauses
  if (/ssl|tls|nginx|apache/i.test(path)) return identityClauses
  return [...identityClauses, ...bootClauses]
}
