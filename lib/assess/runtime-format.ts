import * as v from 'valibot'

/** Name and version of the form; schemas/runtime-results.schema.json describes it for others. */
export const runtimeFormat = 'kas-harden-runtime/1'

/** ssh-keygen's namespace of our signatures: one made for something else does not fit here. */
export const signatureNamespace = 'kas-harden-runtime'

const text = v.pipe(v.string('must be text'), v.regex(/\S/, 'must not be empty'))
const id = v.pipe(
  v.string('must be text'),
  v.regex(
    /^(?:(?:CR|SAR|EDR|HDR|NDR) [1-7]\.\d{1,2}(?: RE\(\d\))?|CCSC [1-4])$/,
    "must be an id such as 'CR 1.11' or 'EDR 3.14 RE(1)'"
  )
)

const Result = v.strictObject({
  /** The lines of the standard this test answers for, each served by the control. */
  requirement: v.union([id, v.pipe(v.array(id), v.minLength(1))], 'must be an id or a list of ids'),
  /** `<control>/<test>`: the control whose function was tried. */
  check: v.pipe(
    v.string('must be text'),
    v.regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/, "must be '<control>/<test>'")
  ),
  title: v.optional(text),
  result: v.picklist(
    ['pass', 'fail', 'not-applicable', 'unknown'],
    'must be pass, fail, not-applicable or unknown'
  ),
  /** One sentence: what happened. */
  message: text,
  /** What the tester typed. */
  command: v.optional(text),
  /** Excerpt of the console that shows it. */
  console: v.optional(v.string('must be text'))
})

/** Schema of a runtime result file: what a runner saw on the booted image. */
export const RuntimeFile = v.strictObject({
  format: v.literal(runtimeFormat, `must be '${runtimeFormat}'`),
  image: v.strictObject({
    /** Of the file that ran, the same that `verify` gets. */
    sha512: v.pipe(v.string('must be text'), v.regex(/^[0-9a-f]{128}$/, 'must be 128 hexadecimal digits'))
  }),
  tester: v.strictObject({
    name: text,
    /** The principal of the signature, as the file of allowed signers names it. */
    identity: v.optional(
      v.pipe(v.string('must be text'), v.regex(/^[^\s,*?!-][^\s,*?!]*$/, 'must be one word'))
    )
  }),
  runner: v.strictObject({
    name: text,
    version: v.optional(text),
    /** The board, or the machine of QEMU. */
    machine: v.optional(text)
  }),
  /** When the tests ended, ISO 8601 in UTC. */
  ended: v.pipe(v.string('must be text'), v.isoTimestamp('must be a time such as 2026-11-22T10:00:00Z')),
  results: v.pipe(v.array(Result, 'must be a list'), v.maxLength(10_000, 'has more than 10000 results')),
  /** Of ssh-keygen -Y sign, armoured, over `runtimePayload`. */
  signature: v.optional(text)
})
export type RuntimeFile = v.InferOutput<typeof RuntimeFile>

/**
 * The bytes a signature covers: the document without `signature`, keys sorted, no white space, one line feed at
 * the end. `jq -cS 'del(.signature)'` prints the same.
 */
export function runtimePayload(document: object): string {
  const signed = Object.entries(document).filter(([key]) => key !== 'signature')
  return `${JSON.stringify(sorted(Object.fromEntries(signed)))}\n`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
