import * as v from 'valibot'
import { HardenError } from '../base/errors.ts'
import { readData } from './load-catalogue.ts'

const text = v.pipe(v.string(), v.minLength(1))

const Data = v.object({
  standard: text,
  note: text,
  maturityLevels: v.array(
    v.object({ level: v.number(), name: text, paraphrase: text, toolEvidence: v.optional(text) })
  ),
  requirements: v.array(
    v.object({ id: text, practice: text, title: text, paraphrase: text, evidenceFromTool: text })
  )
})

/** One requirement of IEC 62443-4-1, in our own words, and what our outputs can show for it. */
export type ProcessRequirement = Readonly<v.InferOutput<typeof Data>['requirements'][number]>

/** IEC 62443-4-1 (the development process behind CCSC 4) as data. */
export type ProcessCatalogue = Readonly<v.InferOutput<typeof Data>>

/**
 * IEC 62443-4-1:2018: 47 requirements in eight practices, four maturity levels.
 * @throws HardenError `CATALOGUE_BROKEN` (internal) when the data is not whole.
 */
export function loadCatalogue41(): ProcessCatalogue {
  const data = v.safeParse(Data, readData('iec62443-4-1.json'))
  const ids = data.success ? new Set(data.output.requirements.map((one) => one.id)) : new Set()
  if (!data.success || ids.size !== 47) {
    throw new HardenError('internal', 'CATALOGUE_BROKEN', 'The catalogue of IEC 62443-4-1 is broken')
  }
  return data.output
}
