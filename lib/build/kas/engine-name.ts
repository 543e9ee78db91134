import { HardenError } from '../../base/errors.ts'

/** What builds an image: kas in a container, kas on this machine, or the embedded engine. */
export type EngineName = 'kas-container' | 'kas' | 'mmdebstrap'

/** The engines in the order in which the default is looked for; `mmdebstrap` is taken only when asked for. */
export const engineNames: readonly EngineName[] = ['kas-container', 'kas', 'mmdebstrap']

/** Names of former versions of kas, still found in pipelines. */
const oldNames: Readonly<Record<string, EngineName>> = { 'kas-docker': 'kas-container' }

/**
 * The engine by its name or by a former one.
 * @throws HardenError usage `ENGINE_UNKNOWN`.
 */
export function engineNamed(name: string): EngineName {
  const found = engineNames.find((one) => one === name) ?? (Object.hasOwn(oldNames, name) ? oldNames[name] : undefined)
  if (found) return found
  throw new HardenError('usage', 'ENGINE_UNKNOWN', `There is no engine '${name}'.`, {
    hint: `One of: ${engineNames.join(', ')}; \`kas-harden doctor\` says which of them work here.`
  })
}
