import * as v from 'valibot'

/**
 * The typed offline checks a control can declare. A check knows no
 * requirement; the control maps it. Values may refer to parameters as
 * `${password.minlen}`; they are resolved before a check runs.
 */

const text = v.pipe(v.string(), v.minLength(1))
const texts = v.array(text)
const value = v.union([v.string(), v.number(), v.boolean()])

/** How an actual value is compared with the wanted one. Numbers compare as numbers; `matches` takes a regular expression. */
export const operators = [
  '=',
  '!=',
  '>=',
  '<=',
  '>',
  '<',
  'one-of',
  'none-of',
  'contains',
  'matches',
  'not-matches',
  'set',
  'unset'
] as const
export type Operator = (typeof operators)[number]
const operator = v.optional(v.picklist(operators), '=')

/** Configuration a `directive` check can read; each reader follows the order in which the program itself reads. */
export const directiveSources = [
  'sshd', // sshd_config(5): first value wins, Include in place, Match blocks apart
  'login.defs', // login.defs(5): last value wins
  'auditd', // auditd.conf(5): /etc/audit/auditd.conf, last value wins
  'faillock', // faillock.conf(5) or the arguments of pam_faillock in the stack
  'pwquality', // pwquality.conf(5) plus pwquality.conf.d, last value wins
  'pwhistory', // arguments of pam_pwhistory, else pwhistory.conf(5)
  'journald', // systemd drop-ins of journald.conf(5)
  'logind', // systemd drop-ins of logind.conf(5)
  'coredump', // systemd drop-ins of coredump.conf(5)
  'system', // systemd drop-ins of system.conf(5)
  'timesyncd',
  'chrony', // chrony.conf(5) with confdir and sourcedir; `server` and `pool` lines as repeated keys
  'limits', // limits.conf(5) and limits.d: key is `<domain> <type> <item>`
  'aide', // aide.conf(5) with @@include and aide.conf.d; key `rules` lists the selection lines
  'useradd', // /etc/default/useradd
  'openssl' // openssl.cnf: key is `<section>.<name>` following openssl_conf
] as const
export type DirectiveSource = (typeof directiveSources)[number]

const common = {
  /** Unique inside the control: lower case, digits, dashes. */
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/)),
  title: text,
  /**
   * The requirements of the control this answers for (`CR 1.11`, or `3.10` for every component type); default all
   * of them. A check that a line doesn't need must not turn that line.
   */
  for: v.optional(v.pipe(texts, v.minLength(1))),
  /** Only for these Debian releases. */
  releases: v.optional(v.array(v.picklist(['bullseye', 'bookworm', 'trixie'])))
}

const packageCheck = v.strictObject({
  ...common,
  type: v.literal('package'),
  /** Every one of these is `install ok installed`. */
  all: v.optional(texts),
  /** At least one of these is. */
  any: v.optional(texts),
  /** None of these is. */
  none: v.optional(texts)
})

const fileCheck = v.strictObject({
  ...common,
  type: v.literal('file'),
  /** Absolute path; with `*` (and no `matches`) every file that it finds must answer `notMatches`. */
  path: text,
  /** `present` (default), `absent`, or `empty` (a file with no content, a directory with no names, or absent). */
  state: v.optional(v.picklist(['present', 'absent', 'empty']), 'present'),
  /** Regular expressions, multi-line; comments (#) are removed before they are tried. */
  matches: v.optional(texts),
  notMatches: v.optional(texts)
})

const modeCheck = v.strictObject({
  ...common,
  type: v.literal('mode'),
  /** Absolute paths; `*` matches inside one path element. */
  paths: texts,
  /** Bits beyond these fail, octal text: '0640'. */
  atMost: v.optional(v.pipe(v.string(), v.regex(/^0[0-7]{3,4}$/))),
  owner: v.optional(text),
  group: v.optional(v.union([text, texts])),
  /** A path that is not there: `fail` (default) or `skip`. */
  missing: v.optional(v.picklist(['fail', 'skip']), 'fail')
})

const directiveCheck = v.strictObject({
  ...common,
  type: v.literal('directive'),
  source: v.picklist(directiveSources),
  /** Section of an ini source; defaults to the program's own (Journal, Login, Coredump, Manager). */
  section: v.optional(text),
  key: text,
  op: operator,
  value: v.optional(v.union([value, v.array(value)])),
  /** Value the program uses when the key is nowhere set; without it an unset key fails. */
  default: v.optional(value)
})

const unitCheck = v.strictObject({
  ...common,
  type: v.literal('unit'),
  unit: text,
  /** `enabled`: reachable from a .wants/.requires of a target, not masked; `inactive`: not enabled or masked or absent. */
  state: v.picklist(['enabled', 'inactive', 'masked'])
})

const unitPropertyCheck = v.strictObject({
  ...common,
  type: v.literal('unit-property'),
  unit: text,
  section: text,
  key: text,
  op: operator,
  value: v.optional(v.union([value, v.array(value)]))
})

/** Rules over /etc/passwd, /etc/shadow, /etc/group and /etc/gshadow read together. */
export const accountRules = [
  'no-empty-password',
  'no-known-password', // hashes of well-known default passwords
  'root-locked',
  'system-accounts-locked', // uid 1..999 have no usable password
  'unique-names-and-ids',
  'only-root-is-uid-0',
  'strong-hashes', // every usable hash is yescrypt, scrypt, sha512 or better than `value`
  'change-at-first-login', // every preset usable password has last-change 0
  'password-ages', // login users: shadow max <= value
  'has-login', // at least one account a person can log in to: usable shell and (key or password)
  'no-autologin'
] as const

const accountCheck = v.strictObject({
  ...common,
  type: v.literal('account'),
  rule: v.picklist(accountRules),
  value: v.optional(v.union([value, v.array(value)]))
})

const groupCheck = v.strictObject({
  ...common,
  type: v.literal('group'),
  /** Every one of these groups exists. */
  names: texts,
  /** None of them has members. */
  empty: v.optional(v.boolean())
})

const pamCheck = v.strictObject({
  ...common,
  type: v.literal('pam-stack'),
  /** File below /etc/pam.d (then /usr/lib/pam.d); includes and substacks are followed. */
  service: text,
  facility: v.picklist(['auth', 'account', 'password', 'session']),
  /**
   * Modules that must appear in this order; an element may name an argument: `pam_faillock.so preauth`.
   * A success jump of pam_unix must skip `pam_faillock.so authfail` where both are listed.
   */
  order: v.optional(texts),
  /** Arguments that must not appear: `{module: pam_unix.so, argument: nullok}`. */
  forbid: v.optional(v.array(v.strictObject({ module: text, argument: text }))),
  /** A listed module's control must be one of these: required, requisite, or a bracket form that ends in die/bad. */
  enforcing: v.optional(texts)
})

const sysctlCheck = v.strictObject({
  ...common,
  type: v.literal('sysctl'),
  /** key -> wanted value; sysctl.d(5) order decides which file wins. */
  values: v.record(text, value)
})

const auditRuleCheck = v.strictObject({
  ...common,
  type: v.literal('audit-rule'),
  /** Keys (-k) that must each carry at least one rule. */
  keys: v.optional(texts),
  /** Watched paths: a rule `-w path`, `-F path=` or `-F dir=` that covers each. */
  watches: v.optional(texts),
  /** Syscalls that must be recorded by some rule. */
  syscalls: v.optional(texts),
  /** Syscalls that must be recorded for every account but root's and people's, with a login id of the system or none. */
  services: v.optional(texts),
  /** Of `services`: accounts that a rule `-a never,exit -F uid=NAME` may leave out. */
  except: v.optional(texts),
  /** Control lines that must be in force after augenrules has merged: `-e 2`, `--loginuid-immutable`. */
  controls: v.optional(texts),
  /** Control lines that must not be: `-f 2`. */
  forbid: v.optional(texts)
})

const nftablesCheck = v.strictObject({
  ...common,
  type: v.literal('nftables'),
  hook: v.picklist(['input', 'forward', 'output']),
  policy: v.optional(v.picklist(['drop', 'accept'])),
  /** Ports that must not be accepted from everywhere (an accept rule needs a source address or a set of them). */
  restrictedPorts: v.optional(v.array(v.number())),
  /** At least one rule of the chain has a rate limit. */
  rateLimited: v.optional(v.boolean()),
  /** Drops are logged. */
  logged: v.optional(v.boolean()),
  /** A rule set that something loads later, in place of what is loaded at boot. */
  file: v.optional(text),
  /**
   * All that may be accepted at the hook, as `FROM[@NETWORK]>TO[@NETWORK]:tcp/PORT[-PORT]`, or `none`; answers to
   * accepted connections aside. Each flow has its rule.
   */
  flows: v.optional(texts),
  /** Interfaces over which nothing passes the hook (input or output), or `none`. */
  closedInterfaces: v.optional(texts),
  /** Sets whose elements end by themselves and of which none is there at boot. */
  approvals: v.optional(texts)
})

/** Options of a product that has them; a check of one that is expected fails where it is absent. */
const expected = v.optional(texts)

const bootChainCheck = v.strictObject({
  ...common,
  type: v.literal('boot-chain'),
  /**
   * `unified`: only unified kernel images start, with no other arguments; `verity`: every command line has a root hash
   * and nothing switches the check off; `verity-tree`: the root of the image has that hash; `signed`: EFI programs have
   * a signature that fits, by no test key. Not applicable where the image has no such option.
   */
  rule: v.picklist(['unified', 'verity', 'verity-tree', 'signed']),
  expected
})

const swupdateCheck = v.strictObject({
  ...common,
  type: v.literal('swupdate'),
  /** A key verifies every update package. Not applicable without SWUpdate. */
  rule: v.literal('authenticated'),
  expected
})

const accessPointCheck = v.strictObject({
  ...common,
  type: v.literal('access-point'),
  /**
   * Every network of hostapd: `authenticated`: RSN with SAE or EAP only, management frames protected, no WPS;
   * `individual`: EAP with a server of identities and no secret that stations share. Not applicable where nothing is
   * told to be an access point.
   */
  rule: v.picklist(['authenticated', 'individual']),
  expected
})

const mobileCodeCheck = v.strictObject({
  ...common,
  type: v.literal('mobile-code'),
  /** Packages of engines that obey containers-policy.json(5); `*` stands for anything in all three lists. */
  policy: texts,
  /** Packages of engines that verify no origin. */
  unverified: texts,
  /** Packages of engines that leave it to the application, or to a configuration we don't read. */
  left: texts
})

const usbguardCheck = v.strictObject({
  ...common,
  type: v.literal('usbguard'),
  /** There are rules, what they don't name is blocked, and only root changes them. Not applicable without usbguard. */
  rule: v.literal('rules')
})

const mountsCheck = v.strictObject({
  ...common,
  type: v.literal('mounts'),
  /** `removable`: what fstab and mount units mount below /media, /mnt, /run/media, or for users: noexec, nosuid, nodev. */
  rule: v.literal('removable')
})

const cmdlineCheck = v.strictObject({
  ...common,
  type: v.literal('cmdline'),
  /** Arguments on the kernel command line of every boot entry: `audit=1`. */
  present: v.optional(texts),
  /** Arguments that must be on none; `*` at the end is a prefix. */
  absent: v.optional(texts)
})

const sudoersCheck = v.strictObject({
  ...common,
  type: v.literal('sudoers'),
  /** Defaults in force: `use_pty`, `timestamp_timeout<=5`. */
  defaults: v.optional(texts),
  /** Defaults that must not be: `pwfeedback`. */
  forbidDefaults: v.optional(texts),
  /** No rule grants NOPASSWD. */
  noNopasswd: v.optional(v.boolean()),
  /** Only these users and %groups (and root) may run ALL. */
  allOnlyFor: v.optional(texts),
  /** Nobody outside `allOnlyFor` may run a shell, an interpreter, a program that starts others, or a pattern. */
  noShells: v.optional(v.boolean())
})

const kernelModuleCheck = v.strictObject({
  ...common,
  type: v.literal('kernel-module'),
  /** Modules that modprobe can't load: `install NAME /bin/false` (or /bin/true), or not in the image at all. */
  blocked: texts
})

const modulesLoadCheck = v.strictObject({
  ...common,
  type: v.literal('modules-load'),
  /** What modules-load.d and the kernel command line load early: exactly these, each of which can be loaded. */
  exactly: texts
})

const permissionsCheck = v.strictObject({
  ...common,
  type: v.literal('permissions'),
  /** `world-writable`: no file or directory without sticky bit; `setuid`: only those in `allow`; `unowned`: every uid and gid has a name; `foreign-owner`: nothing of the system (/etc, /usr, /opt, /boot, dpkg) belongs to an ordinary user. */
  rule: v.picklist(['world-writable', 'setuid', 'unowned', 'foreign-owner']),
  allow: v.optional(texts)
})

const secretsCheck = v.strictObject({
  ...common,
  type: v.literal('secrets'),
  /** `private-keys`: no PEM or OpenSSH private key in the image; `host-keys`: no ssh host key; `machine-id`: not preset; `test-keys`: no snakeoil or well-known test key. */
  rule: v.picklist(['private-keys', 'host-keys', 'machine-id', 'test-keys']),
  allow: v.optional(texts)
})

const shellTimeoutCheck = v.strictObject({
  ...common,
  type: v.literal('shell-timeout'),
  /** Seconds; TMOUT is set for login shells, read-only, greater 0 and at most this. */
  atMost: v.union([v.string(), v.number()])
})

const aptCheck = v.strictObject({
  ...common,
  type: v.literal('apt-sources'),
  /** No `[trusted=yes]`, no `allow-insecure`, no APT::Get::AllowUnauthenticated. */
  rule: v.literal('authenticated')
})

const autostartCheck = v.strictObject({
  ...common,
  type: v.literal('autostart'),
  /**
   * What may start by itself: packages whose units, generators, init scripts, tmpfiles.d, udev rules and hooks may,
   * as long as they are unchanged; or names of units with their suffix (or `.*`) and absolute paths. `*` stands for anything.
   */
  allow: texts
})

const listeningCheck = v.strictObject({
  ...common,
  type: v.literal('listening'),
  /**
   * What may listen on more than loopback: `tcp/22`, `udp/4000-4010`, `tcp/*`, or the name of a unit whose ports
   * the project answers for.
   */
  allow: texts,
  /** Packages whose services listen to no network, as long as their units are unchanged; `*` stands for anything. */
  silent: v.optional(texts)
})

const intactCheck = v.strictObject({
  ...common,
  type: v.literal('intact'),
  /** Absolute paths, `*` inside one path element: files that are what their package brought, by dpkg's MD5 sums. */
  paths: texts
})

/** Schema of one check; `type` tells which. */
export const Check = v.variant('type', [
  packageCheck,
  fileCheck,
  modeCheck,
  directiveCheck,
  unitCheck,
  unitPropertyCheck,
  accountCheck,
  groupCheck,
  pamCheck,
  sysctlCheck,
  auditRuleCheck,
  nftablesCheck,
  cmdlineCheck,
  sudoersCheck,
  kernelModuleCheck,
  modulesLoadCheck,
  permissionsCheck,
  secretsCheck,
  shellTimeoutCheck,
  aptCheck,
  autostartCheck,
  listeningCheck,
  intactCheck,
  bootChainCheck,
  swupdateCheck,
  accessPointCheck,
  mobileCodeCheck,
  usbguardCheck,
  mountsCheck
])
export type Check = v.InferOutput<typeof Check>
export type CheckType = Check['type']
export type CheckOf<T extends CheckType> = Extract<Check, { type: T }>
