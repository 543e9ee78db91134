import * as v from 'valibot'
import { Board, Ci, components, Components } from './fleet-schema.ts'
import { sshKeyProblem } from './ssh-key.ts'

const text = v.pipe(v.string('must be text'), v.regex(/\S/, 'must not be empty'))

/** A requirement's id as the catalogue writes it: `CR 1.11`, `EDR 3.14 RE(1)`, `CCSC 1`. */
const requirementId = v.pipe(
  v.string('must be text'),
  v.regex(
    /^(?:(?:CR|SAR|EDR|HDR|NDR) [1-7]\.\d{1,2}(?: RE\(\d\))?|CCSC [1-4])$/,
    "must be an id such as 'CR 1.11' or 'EDR 3.14 RE(1)'"
  )
)

const date = v.pipe(
  v.string("must be a date such as '2027-01-31'"),
  v.regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, "must be a date such as '2027-01-31'"),
  v.check(isRealDate, 'is a day that does not exist')
)

/** adduser's NAME_REGEX on Debian, and the 32 characters of utmp. */
const accountName = v.pipe(
  v.string('must be text'),
  v.regex(
    /^[a-z][-a-z0-9_]{0,31}$/,
    'must be a lower-case letter, then letters, digits, - and _ (32 at most)'
  ),
  v.check((name) => !systemAccounts.has(name), 'is an account of Debian itself; choose another name')
)

const sshKey = v.pipe(
  v.string('must be text'),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? sshKeyProblem(dataset.value) : undefined
    if (problem !== undefined) addIssue({ message: problem })
  })
)

/** What a person may do on the device; each role is a system group of the settings package. */
export const roles = ['admin', 'maintainer', 'operator', 'auditor'] as const
export { components }
/** What can build the image. */
export const engines = ['kas', 'kas-container', 'mmdebstrap'] as const
/** What can make the gate fail. */
export const gates = ['not-met', 'unknown', 'partial', 'open'] as const

const Target = v.strictObject({
  components: Components,
  securityLevel: v.pipe(
    v.number('must be a number from 1 to 4'),
    v.integer('must be a number from 1 to 4'),
    v.minValue(1, 'must be a number from 1 to 4'),
    v.maxValue(4, 'must be a number from 1 to 4')
  ),
  edition: v.optional(v.picklist(['2019'], "must be '2019' (with its quotes)"), '2019'),
  /** The application a SAR is about: its package or service. */
  application: v.optional(text)
})

const Account = v.strictObject({
  name: accountName,
  role: v.picklist(roles, `must be one of ${roles.join(', ')}`),
  /** One public key in OpenSSH form. */
  sshKey: v.optional(sshKey),
  sshKeys: v.optional(v.array(sshKey, 'must be a list of public keys')),
  /** crypt(5) hash of a first password; it must be changed at the first login. */
  passwordHash: v.optional(
    v.pipe(
      v.string('must be text'),
      v.regex(
        /^\$(?:y|6)\$/,
        'must be a yescrypt ($y$) or SHA-512 ($6$) hash, never a password in clear text'
      ),
      v.regex(
        /^(?:\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}|\$6\$(?:rounds=\d{4,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86})$/,
        'is not a whole hash; make one with: mkpasswd --method=yescrypt'
      )
    )
  ),
  shell: v.optional(
    v.pipe(v.string('must be text'), v.regex(/^\/[\w./+-]+$/, 'must be an absolute path such as /bin/bash'))
  )
})

const Waiver = v.pipe(
  v.strictObject({
    requirement: v.optional(requirementId),
    check: v.optional(text),
    reason: text,
    owner: text,
    expires: date
  }),
  v.check(
    ({ requirement, check }) => (requirement === undefined) !== (check === undefined),
    'must name either a requirement or a check'
  )
)

/** What a statement does: an outside measure that covers the gap (CCSC 2), or a plain declaration. */
export const statementKinds = ['compensation', 'declaration'] as const

const Statement = v.strictObject({
  requirement: requirementId,
  kind: v.optional(v.picklist(statementKinds, `must be one of ${statementKinds.join(', ')}`), 'declaration'),
  text,
  who: text,
  date,
  /** Path of a file, relative to kas-harden.yml, or an address. */
  evidence: v.optional(text)
})

/** Free: what the assessor wants to read about the product; two lists have a meaning. */
const Context = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), 'must be a dictionary'), // a list passes for an object below
  v.looseObject({
    essentialFunctions: v.optional(v.array(text, 'must be a list of texts')),
    interfaces: v.optional(
      v.array(
        v.union([text, v.record(v.string(), v.unknown())], 'must be text or a dictionary'),
        'must be a list'
      )
    )
  })
)

const parameterValue = v.union(
  [v.string(), v.pipe(v.number(), v.finite()), v.array(v.string())],
  'must be text, a number or a list of texts'
)

/** Our isar layer from git, pinned; plan and apply look closer. */
const Layer = v.strictObject({
  url: text,
  commit: v.pipe(
    v.string('must be text (in quotes)'),
    v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a whole commit hash')
  ),
  path: v.optional(text)
})

/** Schema of kas-harden.yml; schemas/kas-harden.schema.json says the same to editors. */
export const ConfigFile = v.strictObject({
  target: v.optional(Target),
  accounts: v.optional(v.array(Account, 'must be a list'), []),
  parameters: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(/^[a-z]+\.[a-z][a-z0-9_]*$/, "must be a name such as 'password.minlen'")),
      parameterValue,
      'must be a dictionary'
    ),
    {}
  ),
  /** Folders with controls of the project's own, relative to this file. */
  controls: v.optional(v.array(text, 'must be a list of folders'), []),
  waivers: v.optional(v.array(Waiver, 'must be a list'), []),
  statements: v.optional(v.array(Statement, 'must be a list'), []),
  context: v.optional(Context, {}),
  layer: v.optional(Layer),
  /** The boards of a fleet, and what `ci generate` writes into their jobs. */
  boards: v.optional(v.array(Board, 'must be a list'), []),
  ci: v.optional(Ci),
  engine: v.optional(v.picklist(engines, `must be one of ${engines.join(', ')}`)),
  failOn: v.optional(v.array(v.picklist(gates, `must be one of ${gates.join(', ')}`), 'must be a list'), [
    'not-met',
    'unknown'
  ])
})
export type ConfigFile = v.InferOutput<typeof ConfigFile>

/** Keys each dictionary may have, by its path without list positions; for "did you mean". */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(ConfigFile.entries),
  target: Object.keys(Target.entries),
  layer: Object.keys(Layer.entries),
  accounts: Object.keys(Account.entries),
  waivers: Object.keys(Waiver.pipe[0].entries),
  statements: Object.keys(Statement.entries),
  boards: Object.keys(Board.entries),
  ci: Object.keys(Ci.entries)
}

/** Accounts of base-passwd and of packages our profiles install. */
const systemAccounts = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody sshd ' +
    'messagebus systemd-network systemd-resolve systemd-timesync tss uuidd adm tty disk sudo shadow utmp staff users'
  ).split(' ')
)

function isRealDate(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
