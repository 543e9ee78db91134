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

/** Applies one change and compares every result with that of the untouched image. */
export async function judge(
  reference: Reference,
  mutation: Mutation | (Harmless & { fails?: undefined; unknown?: undefined }),
  io: Io
): Promise<Judgement> {
  const changed = changeImage(reference.image, reference.release, reference.commandLines)
  await mutation.change(changed.edit)
  const results = await resultsOn(changed.image, reference, io)
  const known = [...(mutation.fails ?? []), ...(mutation.unknown ?? [])]
  const strange = known.filter((id) => !reference.results.has(id))
  if (strange.length > 0) throw new Error(`${mutation.name}: no such check or package: ${strange.join(', ')}`)
  const wanted = new Map([
    ...(mutation.fails ?? []).map((id) => [id, 'fail'] as const),
    ...(mutation.unknown ?? []).map((id) => [id, 'unknown'] as const)
  ])
  const differing = [...results].filter(([id, status]) => status !== reference.results.get(id))
  return {
    name: mutation.name,
    missed: [...wanted].filter(([id, status]) => results.get(id) !== status).map(([id]) => id),
    falseAlarms: differing
      .filter(([id, status]) => wanted.get(id) !== status)
      .map(([id, status]) => `${id} (${status})`),
    killedBy: differing.filter(([, status]) => status === 'fail').map(([id]) => id)
  }
}
