import type { Board } from './fleet-schema.ts'

/** Something about a board that no single value shows, and where: steps into the document. */
export interface FleetProblem {
  steps: (string | number)[]
  message: string
}

/** What is wrong with the boards together: a name twice, a need of nobody, of itself or in a circle. */
export function fleetProblems(boards: readonly Board[]): FleetProblem[] {
  const names = boards.map(({ name }) => name)
  const needs = new Map(boards.map(({ name, needs: wanted = [] }) => [name, wanted]))
  return boards.flatMap(({ name, needs: wanted = [] }, index) => {
    const twice =
      names.indexOf(name) === index
        ? []
        : [{ steps: ['boards', index, 'name'], message: `the board '${name}' stands here twice` }]
    return [
      ...twice,
      ...wanted.flatMap((other, at) => {
        const steps = ['boards', index, 'needs', at]
        if (!needs.has(other))
          return [{ steps, message: `the board '${name}' needs '${other}', and there is no such board` }]
        if (!reaches(other, name, needs)) return []
        return [{ steps, message: `the board '${name}' needs '${other}', which needs '${name}'` }]
      })
    ]
  })
}

/** Whether a board needs another, itself counted, over any number of steps. */
function reaches(from: string, to: string, needs: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>()
  const waiting = [from]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === to) return true
    if (seen.has(name)) continue
    seen.add(name)
    waiting.push(...(needs.get(name) ?? []))
  }
  return false
}
