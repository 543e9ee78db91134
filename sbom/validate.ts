import { messageOf } from '../lib/base/errors.ts'
import type * as Validation from '@cyclonedx/cyclonedx-library/Validation'

const validators = new Map<string, Validation.JsonStrictValidator>()

/**
 * Checks a CycloneDX JSON text strictly against the schema of its own `specVersion`.
 * Promises one line per problem, none when it is valid. Takes most of a second the first time (the
 * schema is compiled once per version and process) and grows with the square of the components.
 */
export async function validateSbom(json: string): Promise<string[]> {
  let specVersion: unknown
  try {
    const document: unknown = JSON.parse(json)
    if (typeof document === 'object' && document !== null && 'specVersion' in document) {
      specVersion = document.specVersion
    }
  } catch (error) {
    return [`not JSON: ${messageOf(error)}`]
  }
  const { Version } = await import('@cyclonedx/cyclonedx-library/Spec')
  const version = Object.values(Version).find((one) => one === specVersion)
  if (version === undefined)
    return [`specVersion '${String(specVersion)}' is no version of CycloneDX we know`]

  let validator = validators.get(version)
  if (!validator) {
    const { JsonStrictValidator } = await import('@cyclonedx/cyclonedx-library/Validation')
    validator = new JsonStrictValidator(version)
    validators.set(version, validator)
  }
  return problemsOf(await validator.validate(json))
}

/** The library hands ajv's errors through as `null`, a list or anything. */
function problemsOf(result: unknown): string[] {
  if (result === null || result === undefined) return []
  const list: readonly unknown[] = Array.isArray(result) ? result : [result]
  return list.map((one) => {
    if (typeof one !== 'object' || one === null) return String(one)
    const path = 'instancePath' in one ? String(one.instancePath) : ''
    const message = 'message' in one ? String(one.message) : JSON.stringify(one)
    return `${path === '' ? '/' : path}: ${message}`
  })
}
