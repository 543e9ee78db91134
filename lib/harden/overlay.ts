import { bitbakeString, layerRepo, type OverlayRepo, renderOverlay } from '../kas/overlay.ts'
import type { WksCopy } from '../kas/wks/kernel-command-line.ts'
import type { Profile } from '../controls/profile.ts'
import { variableOf } from '../controls/control.ts'
import type { ParameterValues } from '../controls/target.ts'
import { authorizedKeys, groupsOf, type PersonAccount } from './accounts.ts'
import type { GitLayer } from './layer-source.ts'

/** What the overlay is made from. */
export interface OverlayInput {
  profile: Profile
  values: ParameterValues
  accounts: readonly PersonAccount[]
  /** Path of our layer below the project's root. */
  layer: string
  /** Where our recipes come from when they are not in that layer. */
  source: GitLayer | undefined
  /** Copies of disk layouts that carry the kernel arguments. */
  wks: readonly WksCopy[]
  /** Marks a throw-away demonstration. */
  example: boolean
}

/** A parameter's value as bitbake text: lists by spaces. */
function text(value: ParameterValues[string]): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : value.join(' ')
}

const assign = (variable: string, value: string) => `${variable} = ${bitbakeString(value)}`
/** `:append` comes after every `=`, wherever the user's own assignment stands. */
const append = (variable: string, words: readonly string[]) =>
  `${variable}:append = ${bitbakeString(' ' + words.join(' '))}`

function packageLines(profile: Profile): string[] {
  const lines: string[] = []
  for (const { name, requirement } of profile.packages) {
    lines.push(`# ${requirement}`, append('IMAGE_PREINSTALL', [name]))
  }
  return lines
}

function accountLines(accounts: readonly PersonAccount[]): string[] {
  return accounts.flatMap((account) => [
    append('USERS', [account.name]),
    `USER_${account.name}[groups] = ${bitbakeString(groupsOf(account).join(' '))}`,
    `USER_${account.name}[shell] = ${bitbakeString(account.shell ?? '/bin/bash')}`,
    ...(account.passwordHash
      ? [
          `USER_${account.name}[password] = ${bitbakeString(account.passwordHash)}`,
          `USER_${account.name}[flags] = "create-home force-passwd-change"`
        ]
      : [`USER_${account.name}[flags] = "create-home"`])
  ])
}

/**
 * WKS_FILE of each image, under an override of our own: `:append` puts it behind every other override, so that no
 * assignment of the machine, the recipe or the project wins over it, and it holds for this machine and image only.
 */
function wksLines(copies: readonly WksCopy[], layer: string): string[] {
  if (copies.length === 0) return []
  return [
    'OVERRIDES:append = ":kas-harden-${MACHINE}-${PN}"',
    ...copies.flatMap(({ image, machine, name, source }) => [
      `# ${layer}/wic/${name} is a copy of ${source} with these arguments.`,
      assign(`WKS_FILE:kas-harden-${machine}-${image}`, name)
    ])
  ]
}

/** A copy of our layer in the project, or a repo at a commit; beside it only what is the project's own. */
function reposOf({ source, layer, wks }: OverlayInput): Record<string, OverlayRepo> {
  const here = { 'kas-harden': { layers: [layer] } }
  if (source === undefined) return here
  const { url, commit, path } = source
  return { [layerRepo]: { url, commit, layers: [path] }, ...(wks.length > 0 ? here : {}) }
}

/** The kas file that brings everything of the plan into a build. The same plan gives the same bytes. */
export function overlayText(input: OverlayInput): string {
  const { profile, values, accounts } = input
  const { components, securityLevel, edition } = profile.target
  const parameters = { ...values, 'ssh.authorized_keys': authorizedKeys(accounts) }
  const blocks: Record<string, string[]> = {
    'zz-kas-harden-packages': packageLines(profile),
    'zz-kas-harden-settings': [
      append('IMAGE_INSTALL', [...profile.settings, 'kas-harden-site', ...profile.isarRecipes]),
      assign('KAS_HARDEN_SITE_PARTS', profile.siteParts.join(' '))
    ],
    'zz-kas-harden-parameters': Object.entries(parameters)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => assign(variableOf(name), text(value))),
    'zz-kas-harden-kernel': [
      '# isar has no variable for it: the kernel command line of a .wks is set by its bootloader line.',
      assign('KAS_HARDEN_CMDLINE', profile.cmdline.join(' ')),
      ...wksLines(input.wks, input.layer)
    ],
    'zz-kas-harden-accounts': accountLines(accounts)
  }
  if (input.example) blocks['zz-kas-harden-example'] = [assign('KAS_HARDEN_EXAMPLE', '1')]
  return renderOverlay({
    version: 14,
    title: [
      `Hardening for IEC 62443-4-2:${edition}, ${components.join(' + ')}, aimed SL-C ${securityLevel}.`,
      'Written by kas-harden apply; change kas-harden.yml and run it again.'
    ],
    repos: reposOf(input),
    blocks
  })
}
