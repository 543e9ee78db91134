import * as v from 'valibot'

const text = v.pipe(v.string(), v.minLength(1))

/** Component types of IEC 62443-4-2: software application, embedded device, host device, network device. */
export type CatalogueComponent = 'SAR' | 'EDR' | 'HDR' | 'NDR'

/** What a line of the catalogue is: a common constraint, a requirement, an enhancement, or a pointer to others. */
export type EntryKind = 'CCSC' | 'CR' | 'RE' | 'reference'

/** Schema of one line of `data/iec62443-4-2.json`. */
export const EntryData = v.strictObject({
  id: text,
  fr: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7))),
  kind: v.picklist(['CCSC', 'CR', 'RE', 'reference']),
  title: text,
  componentTypes: v.array(v.picklist(['SAR', 'EDR', 'HDR', 'NDR'])),
  minSL: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4))),
  paraphrase: text,
  hardware: v.boolean(),
  conditional: v.optional(text),
  base: v.optional(text),
  delegatesTo: v.optional(v.array(text))
})

/** One line of IEC 62443-4-2: id and short title of the standard, everything else in our own words. */
export interface CatalogueEntry {
  /** `CR 1.11`, `EDR 3.14 RE(1)`, `CCSC 1`. */
  readonly id: string
  /** Foundational requirement 1 to 7; null for the four CCSC, which stand beside all of them. */
  readonly fr: number | null
  readonly kind: EntryKind
  readonly title: string
  readonly componentTypes: readonly CatalogueComponent[]
  /** The lowest SL-C whose table lists the line; null for a reference, which is no requirement itself. */
  readonly minSL: number | null
  readonly paraphrase: string
  /** The requirement an enhancement enhances. */
  readonly base?: string
  /** When the requirement applies at all: `only where passwords are used`. */
  readonly conditional?: string
  /** Of a reference: the requirements per component type that stand in its place; [] when there are none. */
  readonly delegatesTo?: readonly string[]
  /** True where software alone can't do it: a TPM, a tamper switch, a fuse. */
  readonly hardware: boolean
  /** True where the level rests on one public source only (docs: cross-check of the levels). */
  readonly singleSource: boolean
}

/** One edition of IEC 62443-4-2 as data. */
export interface Catalogue {
  /** `IEC 62443-4-2`. */
  readonly standard: string
  /** `2019`. */
  readonly edition: string
  /** In the order of the standard. */
  readonly entries: readonly CatalogueEntry[]
  readonly byId: ReadonlyMap<string, CatalogueEntry>
}
