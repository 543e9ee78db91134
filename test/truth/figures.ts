import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { releases } from '../../lib/controls/control.ts'
import type { Judgement } from './judge.ts'
import { harmless, mutations } from './mutations/index.ts'
import { truthPage } from './truth-page.ts'

/** What was measured on one release. */
export interface TruthFigures {
  release: string
  /** Results of the untouched image by id of check or `package:NAME`. */
  results: readonly (readonly [id: string, status: string])[]
  judgements: readonly Judgement[]
}

/** Checks of the reference that no change made fail; `not-applicable` ones have nothing to defeat. */
export function survivors(
  results: TruthFigures['results'],
  judgements: readonly Judgement[]
): readonly string[] {
  const killed = new Set(judgements.flatMap(({ killedBy }) => killedBy))
  return results.filter(([id, status]) => status === 'pass' && !killed.has(id)).map(([id]) => id)
}

/** Figures of other changes than today's belong on no page of today. */
const measuredWith = createHash('sha256')
  .update(JSON.stringify([...mutations, ...harmless].map(({ name }) => name)))
  .digest('hex')

/** Keeps the figures of a release, and writes docs/truth.md of all that were measured with today's changes. */
export function keepFigures(figures: TruthFigures, cache: string): void {
  const directory = join(cache, `truth-figures-${measuredWith.slice(0, 12)}`)
  const fileOf = (release: string) => join(directory, `${release}.json`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(fileOf(figures.release), JSON.stringify(figures))
  const measured = releases.filter((release) => existsSync(fileOf(release)))
  const all = measured.map((release) => JSON.parse(readFileSync(fileOf(release), 'utf8')) as TruthFigures)
  writeFileSync(new URL('../../docs/truth.md', import.meta.url), truthPage(all, mutations, harmless))
}
