import { describe, expect, it } from 'vitest'
import { sameClause } from '../../lib/controls/clause.ts'
import { releases, type Control, type Release } from '../../lib/controls/control.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { declared } from './declared-lines.ts'

const { controls } = await loadControls()

/** The checks that prove something of a line on a release; that packages are installed proves no function. */
function proofOf(control: Control, id: string, release: Release) {
  return control.checks
    .filter((check) => check.releases?.includes(release) ?? true)
    .filter((check) => check.for?.some((line) => sameClause(line, id)) ?? true)
    .filter((check) => check.type !== 'package' || check.none !== undefined)
}

describe.each(controls.map((control) => [control.id, control] as const))('%s', (id, control) => {
  const clauses = control.requirements.filter(
    (one, index) => control.requirements.findIndex((other) => sameClause(one.id, other.id)) === index
  )

  it.each(releases)('has a check for every line it serves on %s, or declares it on purpose', (release) => {
    const bare = control.requirements.filter((line) => proofOf(control, line.id, release).length === 0)
    expect(bare.map((line) => `${id} ${line.id}`).filter((line) => declared[line] === undefined)).toEqual([])
  })

  it.skipIf(clauses.length < 2)('says of each check which of its lines it answers for', () => {
    expect(control.checks.filter((check) => check.for === undefined).map((check) => check.id)).toEqual([])
  })
})

it('declares nothing that a check proves', () => {
  const served = controls.flatMap((control) =>
    control.requirements.map((line) => ({ control, line: line.id, key: `${control.id} ${line.id}` }))
  )
  for (const key of Object.keys(declared)) {
    const found = served.find((one) => one.key === key)
    expect(found, key).toBeDefined()
    if (found) expect(releases.flatMap((release) => proofOf(found.control, found.line, release))).toEqual([])
  }
})
