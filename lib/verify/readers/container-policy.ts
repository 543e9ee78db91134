import { messageOf } from '../../base/errors.ts'

/** What a policy for container images lets in. */
export interface ContainerPolicy {
  /** Where images are taken without a signature: `default`, `docker:registry.example.org`. */
  open: readonly string[]
  /** Files with keys that the policy trusts. */
  keys: readonly string[]
}

/** Requirements of containers-policy.json(5), and whether an image must be signed, or is refused, to fulfil one. */
const requirements: Readonly<Record<string, boolean>> = {
  insecureAcceptAnything: false,
  reject: true,
  signedBy: true,
  // "not implemented", containers-policy.json(5): refuses
  signedBaseLayer: true,
  sigstoreSigned: true
}

/**
 * Reads containers-policy.json(5) as containers/image does: of several scopes the most specific one alone decides,
 * so each of them must ask for a signature or refuse; of the requirements of one scope all must be fulfilled, so one
 * that does so is enough.
 * @throws RangeError with the reason for which an engine refuses the file, and with it every image.
 */
export function readContainerPolicy(text: string): ContainerPolicy {
  const root = objectOf(parsed(text), 'the file')
  const strange = Object.keys(root).find((key) => key !== 'default' && key !== 'transports')
  if (strange !== undefined) throw new RangeError(`it has the unknown field ${strange}`)
  if (root['default'] === undefined) throw new RangeError('it has no default')
  const scopes: [name: string, value: unknown][] = [['default', root['default']]]
  for (const [transport, value] of Object.entries(objectOf(root['transports'] ?? {}, 'transports'))) {
    for (const [scope, own] of Object.entries(objectOf(value, transport)))
      scopes.push([`${transport}:${scope}`, own])
  }
  const open: string[] = []
  const keys: string[] = []
  for (const [name, value] of scopes) {
    if (!Array.isArray(value) || value.length === 0)
      throw new RangeError(`${name} is not a list of requirements`)
    const asked = value.map((one: unknown) => objectOf(one, name))
    const types = asked.map(({ type }) => String(type))
    const unknown = types.find((type) => !Object.hasOwn(requirements, type))
    if (unknown !== undefined) throw new RangeError(`${name} has the unknown requirement ${unknown}`)
    if (!types.some((type) => requirements[type])) open.push(name)
    keys.push(...asked.flatMap(keysOf))
  }
  return { open, keys: [...new Set(keys)] }
}

/** Files named by `keyPath`, `keyPaths`, `caPath` and the like, at any depth of a requirement. */
function keysOf(requirement: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(requirement).flatMap(([key, value]) => {
    if (/Paths?$/.test(key)) return (Array.isArray(value) ? value : [value]).map(String)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? keysOf(value as Readonly<Record<string, unknown>>)
      : []
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RangeError(`it is not JSON: ${messageOf(error)}`, { cause: error })
  }
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError(`${name} is not an object`)
  return value as Readonly<Record<string, unknown>>
}
