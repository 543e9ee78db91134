import type { Io } from '../../lib/base/io.ts'
import type { Profile } from '../../lib/controls/profile.ts'
import type { ParameterValues } from '../../lib/controls/target.ts'
import type { Image } from '../../lib/image/image.ts'
import { readKernelCommandLines } from '../../lib/image/boot-config.ts'
import { verify } from '../../lib/verify/verify.ts'
import { changeImage } from './changed-image.ts'
import type { Harmless, Mutation } from './mutation.ts'

/** A passing image and what it was verified against. */
export interface Reference {
  image: Image
  release: string
  profile: Profile
  values: ParameterValues
  commandLines: readonly string[]
  /** Result by id of check or `package:NAME`. */
  results: ReadonlyMap<string, string>
}

/** What a mutation did beside what it should have done. */
export interface Judgement {
  name: string
  /** Ids that should have failed and did not. */
  missed: readonly string[]
  /** Ids whose result changed although nothing that concerns them did, with the new result. */
  falseAlarms: readonly string[]
  /** This release has a check that should see it; only then a defeating change was made at all. */
  concerned: boolean
  /** Checks that saw it. */
  killedBy: readonly string[]
}

async function resultsOn(
  image: Image,
  { profile, values }: Pick<Reference, 'profile' | 'values'>,
  io: Io
): Promise<Map<string, string>> {
  const { checks, packages } = await verify(image, profile, values, io)
  return new Map([
    ...checks.map((one) => [one.id, one.status] as const),
    ...packages.map((one) => [`package:${one.name}`, one.status] as const)
  ])
}

/** Verifies the untouched image once. */
export async function referenceOf(
  parts: Pick<Reference, 'image' | 'release' | 'profile' | 'values'>,
  io: Io
): Promise<Reference> {
  const commandLines = (await readKernelCommandLines(parts.image)).map(({ cmdline }) => cmdline)
  return { ...parts, commandLines, results: await resultsOn(parts.image, parts, io) }
}

/**
 * Ids as this release has them: a check of other releases only is not asked for, and where the release has its own
 * (`<id>-<release>`), that one is.
 */
function here(ids: readonly string[], { profile, release, results }: Reference): string[] {
  const elsewhere = new Set(
    profile.controls.flatMap((control) =>
      control.checks
        .filter(({ releases }) => releases && !releases.some((one) => one === release))
        .map(({ id }) => `${control.id}/${id}`)
    )
  )
  return ids.flatMap((id) => {
    if (!elsewhere.has(id)) return [id]
    const own = `${id}-${release}`
    return results.has(own) ? [own] : []
  })
}

/** Applies one change and compares every result with that of the untouched image. */
export async function judge(
  reference: Reference,
  mutation: Mutation | (Harmless & { fails?: undefined; unknown?: undefined }),
  io: Io
): Promise<Judgement> {
  const fails = here(mutation.fails ?? [], reference)
  const unknown = here(mutation.unknown ?? [], reference)
  const known = [...fails, ...unknown]
  const { name } = mutation
  if (mutation.fails && known.length === 0)
    return { name, concerned: false, missed: [], falseAlarms: [], killedBy: [] }
  const strange = known.filter((id) => !reference.results.has(id))
  if (strange.length > 0) throw new Error(`${mutation.name}: no such check or package: ${strange.join(', ')}`)
  const changed = changeImage(reference.image, reference.release, reference.commandLines)
  await mutation.change(changed.edit)
  const results = await resultsOn(changed.image, reference, io)
  const wanted = new Map([
    ...fails.map((id) => [id, 'fail'] as const),
    ...unknown.map((id) => [id, 'unknown'] as const)
  ])
  const differing = [...results].filter(([id, status]) => status !== reference.results.get(id))
  return {
    name,
    missed: [...wanted].filter(([id, status]) => results.get(id) !== status).map(([id]) => id),
    falseAlarms: differing
      .filter(([id, status]) => wanted.get(id) !== status)
      .map(([id, status]) => `${id} (${status})`),
    concerned: known.length > 0,
    killedBy: differing.filter(([, status]) => status === 'fail').map(([id]) => id)
  }
}
