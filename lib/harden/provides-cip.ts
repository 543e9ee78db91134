import type { Profile } from '../controls/profile.ts'
import { findCipLayer } from '../kas/cip-layer.ts'
import type { KasProject } from '../kas/kas-project.ts'

/** A setting that isar-cip-core makes too, and whose package makes it in the image. */
export interface ProvidedSetting {
  setting: string
  /** Empty for what serves no requirement. */
  requirement: string
  /** Packages: ours, with the part of kas-harden-site in brackets, or isar-cip-core's; empty when nobody does. */
  by: readonly string[]
  /** Where isar-cip-core makes it, below its layer. */
  place: string
  note?: string
}

/** Who makes which setting on isar-cip-core. */
export interface CipSettings {
  /** Key of its repo. */
  repo: string
  /** The commit this was read from; undefined outside git. */
  commit: string | undefined
  settings: readonly ProvidedSetting[]
}

/** What of ours is in the image. */
type Ours = Pick<Profile, 'settings' | 'siteParts'>

interface Shared {
  setting: string
  requirement: string
  recipe: string
  line: RegExp
  /** Our packages, when the profile has them. */
  ours: (profile: Ours) => readonly string[]
  /** Why isar-cip-core's is left out beside kas-harden-pam even where we have none. */
  never?: string
  note?: string
}

/** Our package, with the part of kas-harden-site that holds its values. */
function withPackage(name: string, part?: string): Shared['ours'] {
  return (profile) =>
    profile.settings.includes(name) ? [name, ...(part === undefined ? [] : withPart(part)(profile))] : []
}

function withPart(part: string): Shared['ours'] {
  return ({ siteParts }) => (siteParts.includes(part) ? [`kas-harden-site (${part})`] : [])
}

const security = 'security-customizations'

/** The bbappends in recipes/dynamic-layers/cip-core decide by the same rules; a test compares them. */
const shared: readonly Shared[] = [
  {
    setting: 'notice before login, /etc/issue',
    requirement: 'CR 1.12',
    recipe: security,
    line: />\s*\/etc\/issue\b/,
    ours: withPart('banner'),
    never: 'it names user and password of the image'
  },
  {
    setting: 'notice before login, /etc/issue',
    requirement: 'CR 1.12',
    recipe: 'customizations',
    line: />\s*\/etc\/issue\b/,
    ours: withPart('banner')
  },
  {
    setting: 'strength of passwords',
    requirement: 'CR 1.7',
    recipe: security,
    line: /pam_(?:passwdqc|cracklib)\.so/,
    ours: withPackage('kas-harden-pam', 'pam')
  },
  {
    setting: 'lock-out after failed logins',
    requirement: 'CR 1.11',
    recipe: security,
    line: /pam_(?:faillock|tally2)\.so/,
    ours: withPackage('kas-harden-pam', 'pam')
  },
  {
    setting: 'second factor',
    requirement: 'CR 1.1 RE(2)',
    recipe: security,
    line: /pam_google_authenticator\.so/,
    ours: withPackage('kas-harden-mfa'),
    never: 'it is optional (nullok), and an edit of common-auth by hand switches pam-auth-update off'
  },
  {
    setting: 'sessions at the same time',
    requirement: 'CR 2.7',
    recipe: security,
    line: /maxlogins/,
    ours: withPart('session-limits')
  },
  {
    setting: 'audit storage: warning before it is full',
    requirement: 'CR 2.9 RE(1)',
    recipe: security,
    line: /space_left_action/,
    ours: withPart('audit')
  },
  {
    setting: 'audit storage: response to errors',
    requirement: 'CR 2.10',
    recipe: security,
    line: /disk_error_action/,
    ours: withPart('audit')
  },
  {
    setting: 'sshd: end of remote sessions',
    requirement: 'CR 2.6',
    recipe: security,
    line: /^\s*ClientAliveCountMax/i,
    ours: withPackage('kas-harden-ssh', 'ssh')
  },
  {
    setting: 'sshd: how people log in',
    requirement: 'CR 1.1',
    recipe: security,
    line: /^\s*AuthenticationMethods/i,
    ours: withPackage('kas-harden-ssh')
  },
  {
    setting: 'sshd: attempts, sessions, forwarding',
    requirement: 'CR 7.7',
    recipe: security,
    line: /^\s*MaxAuthTries/i,
    ours: withPackage('kas-harden-ssh', 'ssh')
  },
  {
    setting: 'sshd: root',
    requirement: 'CR 1.1',
    recipe: 'customizations',
    line: /^\s*PermitRootLogin/i,
    ours: withPackage('kas-harden-ssh'),
    note: 'isar-cip-core leaves its drop-in out of the security image; where it is, ours sorts before it'
  },
  {
    setting: 'fail2ban: where it reads failed logins',
    requirement: 'CR 1.11',
    recipe: 'fail2ban-config',
    line: /sshd_backend/,
    ours: () => [],
    note: 'beside kas-harden-firewall our layer adds bans by nftables; they are a table of their own'
  },
  {
    setting: 'network interfaces',
    requirement: '',
    recipe: 'customizations',
    line: /^\s*iface\s/,
    ours: () => []
  },
  {
    setting: 'host name',
    requirement: '',
    recipe: 'customizations',
    line: />\s*\/etc\/hostname\b/,
    ours: () => []
  }
]

/**
 * Whose package makes each setting that both isar-cip-core and we know, read from isar-cip-core's files as they are
 * on this machine; undefined when it is not a layer of the project or none of these packages is in the image.
 */
export function whoProvides(
  project: Pick<KasProject, 'repos' | 'targets'>,
  profile: Ours
): CipSettings | undefined {
  const cip = findCipLayer(project)
  if (cip === undefined) return undefined
  const settings = shared.flatMap((one): ProvidedSetting[] => {
    const place = cip.recipes.has(one.recipe) ? cip.find(one.recipe, one.line) : undefined
    if (place === undefined) return []
    const ours = one.ours(profile)
    const replaced = profile.settings.includes('kas-harden-pam')
    const ousted = ours.length === 0 && replaced ? one.never : undefined
    const by = ours.length > 0 ? ours : ousted === undefined ? [one.recipe] : []
    const note = ousted === undefined ? one.note : `isar-cip-core's is left out: ${ousted}`
    const { setting, requirement } = one
    return [{ setting, requirement, by, place, ...(note === undefined ? {} : { note }) }]
  })
  return settings.length === 0 ? undefined : { repo: cip.repo, commit: cip.commit, settings }
}

/** The lines of a plan that say so. */
export function describeProvides({ repo, commit, settings }: CipSettings): string[] {
  const read = commit === undefined ? 'not under version control' : `commit ${commit}`
  return [
    `Settings that isar-cip-core (repo ${repo}, ${read}) makes too, and whose package makes them in this image:`,
    ...settings.flatMap(({ setting, requirement, by, place, note }) => [
      `  - ${setting}${requirement === '' ? '' : ` (${requirement})`}: ${by.join(', ') || 'none'}; isar-cip-core: ${place}`,
      ...(note === undefined ? [] : [`      ${note}`])
    ])
  ]
}
