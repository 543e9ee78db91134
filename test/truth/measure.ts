import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Release } from '../../lib/controls/control.ts'
import { collectingIo } from '../run-cli.ts'
import { remembered } from '../remembered-exec.ts'
import { keepFigures, survivors } from './figures.ts'
import { judge, type Judgement, type Reference } from './judge.ts'
import { harmless, mutations } from './mutations/index.ts'
import { knownUnseen } from './mutations/known-unseen.ts'
import { builtReference, everything, openReference } from './reference.ts'

/** `npm run truth`: every mutation on a built image of every release, which takes too long for every `npm test`. */
const wanted = process.env['KAS_HARDEN_TRUTH'] === '1'
const cache = process.env['KAS_HARDEN_TEST_CACHE'] ?? join(tmpdir(), 'kas-harden-test-cache')

/**
 * Lays one change after the other over the built image of a release and holds every result against what should have
 * happened. A file of tests per release, so that they run beside each other; the last one to end has the whole page.
 */
export function measureTruth(release: Release): void {
  if (!wanted) {
    // Not even collected without being asked for: a thousand skipped tests would hide a real one.
    it(`truth on ${release}: not run, npm run truth does (KAS_HARDEN_TRUTH=1)`, (context) => {
      context.skip()
    })
    return
  }
  describe(`truth on ${release}`, () => {
    let reference: Reference & { close(): Promise<void> }
    const judgements: Judgement[] = []
    const here = ({ releases: some }: { releases?: readonly string[] }) => some?.includes(release) ?? true
    const { io } = collectingIo(cache, {})
    const remembering = { ...io, exec: remembered(io.exec) }

    beforeAll(async () => {
      mkdirSync(cache, { recursive: true })
      const built = await builtReference(release, cache)
      const { io: inProject } = collectingIo(built.project, {})
      reference = await openReference(built, everything, release, inProject)
    }, 3_600_000)

    afterAll(async () => {
      // A run of some (-t) is no measurement of the release.
      const all = mutations.filter(here).length + harmless.filter(here).length
      if (judgements.length === all)
        keepFigures({ release, results: [...reference.results], judgements }, cache)
      await reference.close()
    })

    it('passes before anything is changed', () => {
      expect(
        [...reference.results].filter(([, status]) => !['pass', 'not-applicable'].includes(status))
      ).toEqual([])
    })

    it.for(mutations.filter(here))('is defeated: $name', async (mutation, context) => {
      const seen = await judge(reference, mutation, remembering)
      judgements.push(seen)
      if (!seen.concerned) context.skip('only checks of other releases look at it')
      expect({ missed: seen.missed, falseAlarms: seen.falseAlarms }).toEqual({ missed: [], falseAlarms: [] })
    })

    it.each(harmless.filter(here))('is the same: $name', async (change) => {
      const seen = await judge(reference, { ...change, fails: undefined, unknown: undefined }, remembering)
      judgements.push(seen)
      expect(seen.falseAlarms).toEqual([])
    })

    it.each(knownUnseen)('is not seen yet, as docs/limits.md says: $name', async (change) => {
      const seen = await judge(reference, { ...change, fails: undefined, unknown: undefined }, remembering)
      expect(seen.falseAlarms, 'seen now: make it a mutation').toEqual([])
    })

    it('has a defeating change for every check', () => {
      expect(survivors([...reference.results], judgements)).toEqual([])
    })
  })
}
