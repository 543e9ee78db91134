import type { Component } from './component.ts'

/**
 * The components the image must point to so that every one is reachable: those nothing else
 * depends on, and of a circle nobody leads into its first member. Order of `components` is kept.
 */
export function rootComponents(components: readonly Component[]): readonly Component[] {
  const byReference = new Map(components.map((one) => [one.reference, one]))
  const needed = new Set(components.flatMap((one) => [...one.dependencies]))
  const reached = new Set<string>()
  const reach = (start: Component): void => {
    const waiting = [start]
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      if (reached.has(one.reference)) continue
      reached.add(one.reference)
      for (const reference of one.dependencies) {
        const next = byReference.get(reference)
        if (next) waiting.push(next)
      }
    }
  }
  const roots = components.filter((one) => !needed.has(one.reference))
  roots.forEach(reach)
  for (const one of components) {
    if (reached.has(one.reference)) continue
    roots.push(one)
    reach(one)
  }
  return roots
}
