import type { BomRef, Component } from '@cyclonedx/cyclonedx-library/Models'

/**
 * The components the image must point to so that every one is reachable: those nothing else
 * depends on, and of a circle nobody leads into its first member. Order of `components` is kept.
 */
export function rootComponents(components: readonly Component[]): readonly Component[] {
  const byReference = new Map(components.map((one) => [one.bomRef, one]))
  const needed = new Set(components.flatMap((one) => [...one.dependencies]))
  const reached = new Set<BomRef>()
  const reach = (start: Component): void => {
    const waiting = [start]
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      if (reached.has(one.bomRef)) continue
      reached.add(one.bomRef)
      for (const reference of one.dependencies) {
        const next = byReference.get(reference)
        if (next) waiting.push(next)
      }
    }
  }
  const roots = components.filter((one) => !needed.has(one.bomRef))
  roots.forEach(reach)
  for (const one of components) {
    if (reached.has(one.bomRef)) continue
    roots.push(one)
    reach(one)
  }
  return roots
}
