import * as v from 'valibot'

/** A word that may stand in a path, in the name of a job and in a list joined by commas. */
const boardName = v.pipe(
  v.string('must be text'),
  v.regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'must be letters, digits, - _ and . only, 63 at most'),
  v.check((name) => !name.includes('..'), "must not have '..' in it")
)

const words = v.pipe(
  v.array(v.pipe(v.string('must be text'), v.regex(/\S/, 'must not be empty')), 'must be a list of texts'),
  v.minLength(1, 'must not be an empty list'),
  v.check((list) => new Set(list).size === list.length, 'names something twice')
)

/** Durations as GitLab reads them (docs.gitlab.com, `timeout`); it takes more forms, these are those it documents. */
const duration = v.pipe(
  v.string("must be text such as '3h 30m'"),
  v.regex(
    /^\d+ ?(?:d|days?|h|hours?|m|minutes?)(?: \d+ ?(?:h|hours?|m|minutes?))*$/,
    "must be a time such as '3h 30m' or '90 minutes'"
  )
)

const variables = v.record(
  v.pipe(v.string(), v.regex(/^[A-Z_][A-Z0-9_]*$/, 'must be the name of a variable such as SSTATE_MIRRORS')),
  v.pipe(v.string('must be text'), v.regex(/^[^\n\r]*$/, 'must be one line')),
  'must be a dictionary of texts'
)

const level = v.pipe(
  v.number('must be a number from 1 to 4'),
  v.integer('must be a number from 1 to 4'),
  v.minValue(1, 'must be a number from 1 to 4'),
  v.maxValue(4, 'must be a number from 1 to 4')
)

/** Component types of IEC 62443-4-2. */
export const components = ['SAR', 'EDR', 'HDR', 'NDR'] as const

/** A list of component types, none twice. */
export const Components = v.pipe(
  v.array(v.picklist(components, `must be one of ${components.join(', ')}`), 'must be a list such as [EDR]'),
  v.minLength(1, 'must name at least one component type'),
  v.check((list) => new Set(list).size === list.length, 'names a component type twice')
)

/** One board of a fleet: what differs from the target and from `ci`. */
export const Board = v.strictObject({
  /** `kas/board/<name>.yml` of the project, else a machine. */
  name: boardName,
  /** kas files in the place of the fleet's own. */
  chain: v.optional(v.pipe(v.string('must be text'), v.regex(/^\S+$/, 'must be kas files joined by colons'))),
  securityLevels: v.optional(
    v.pipe(
      v.array(level, 'must be a list such as [2]'),
      v.minLength(1, 'must name at least one level'),
      v.check((list) => new Set(list).size === list.length, 'names a level twice')
    )
  ),
  components: v.optional(Components),
  tags: v.optional(words),
  timeout: v.optional(duration),
  /** Boards whose jobs go first. */
  needs: v.optional(words),
  variables: v.optional(variables)
})

/** What `ci generate` writes into every job, and what GitLab knows of the project. */
export const Ci = v.strictObject({
  command: v.optional(v.pipe(v.string('must be text'), v.regex(/^\S[^\n\r]*$/, 'must be one line'))),
  image: v.optional(v.pipe(v.string('must be text'), v.regex(/^\S+$/, 'must be the name of an image'))),
  /** What GitLab exports of its requirements management, relative to kas-harden.yml. */
  requirements: v.optional(v.pipe(v.string('must be text'), v.regex(/\S/, 'must not be empty'))),
  gate: v.optional(v.picklist(['enforce', 'warn'], 'must be one of enforce, warn'), 'enforce'),
  tags: v.optional(words),
  timeout: v.optional(duration),
  variables: v.optional(variables)
})

export type Board = v.InferOutput<typeof Board>
export type Ci = v.InferOutput<typeof Ci>
