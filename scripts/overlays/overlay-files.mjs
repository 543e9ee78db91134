// The files of kas-overlays/ that follow from the controls and from the table of boards. `modules` holds the
// functions of lib/, from dist/ for the script and from the sources for the drift test.

const edition = '2019'
const schema = 'https://raw.githubusercontent.com/siemens/kas/master/kas/schema-kas.json'

/** Every generated file: path below kas-overlays/ -> text. */
export async function overlayFiles(modules) {
  const { controls } = await modules.loadControls()
  const catalogue = modules.loadCatalogue(edition)
  const files = new Map()
  for (const level of [1, 2, 3, 4]) {
    files.set(`sl${level}.yml`, levelOverlay(level, { ...modules, controls, catalogue }))
  }
  for (const board of modules.boards) files.set(`board/${board.name}.yml`, boardOverlay(board))
  return files
}

/** The support matrix of the README. */
export function supportMatrix(boards) {
  const rows = boards.map((board) =>
    [
      `\`board/${board.name}.yml\``,
      board.title,
      `\`${board.machine}\``,
      board.secureBoot,
      board.verity,
      board.tpm,
      board.encryption,
      board.update
    ].join(' | ')
  )
  return [
    '| Overlay | Board | MACHINE | Secure boot | Verity | TPM 2 | Encryption | A/B update |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`)
  ].join('\n')
}

function levelOverlay(
  level,
  { controls, catalogue, releases, profileFor, resolveParameters, renderOverlay, bitbakeString, variableOf }
) {
  const target = { components: ['EDR'], securityLevel: level, edition }
  const profiles = releases.map((release) => ({
    release,
    profile: profileFor(target, catalogue, controls, release)
  }))
  // But for packages, a profile is the same on every release.
  const [{ profile: any }] = profiles
  const { values } = resolveParameters(any.parameters)
  const append = (variable, words, release) =>
    `${variable}:append${release ? `:${release}` : ''} = ${bitbakeString(` ${words.join(' ')}`)}`
  const everywhere = ({ name }) =>
    profiles.every(({ profile }) => profile.packages.some((one) => one.name === name))
  const packages = (list, release) =>
    list.flatMap(({ name, requirement }) => [`# ${requirement}`, append('IMAGE_PREINSTALL', [name], release)])
  const required = any.parameters.filter(({ name }) => values[name] === undefined)
  const text = (value) => (Array.isArray(value) ? value.join(' ') : String(value))
  return renderOverlay({
    version: 14,
    title: [
      `Hardening for IEC 62443-4-2:${edition}, embedded device (EDR), aimed SL-C ${level}, all parameters at their defaults.`,
      'Host and network devices get the same packages and settings; what differs is the assessment.',
      'Generated: node scripts/generate-overlays.mjs. Needs a repo kas-harden in your `repos`; see README.md.',
      '',
      'Your own file has to say who may log in, or nobody can (role groups: kas-admin, kas-maintainer, kas-operator,',
      'kas-auditor; ssh-users for ssh):',
      '  USERS:append = " admin"',
      '  USER_admin[groups] = "kas-admin ssh-users"',
      '  USER_admin[shell] = "/bin/bash"',
      '  USER_admin[password] = "(a hash of mkpasswd --method=yescrypt)"',
      '  USER_admin[flags] = "create-home force-passwd-change"',
      '  KAS_HARDEN_SSH_AUTHORIZED_KEYS = "admin ssh-ed25519 AAAA... you"',
      ...(required.length > 0 ? ['and these, which have no default that suits everybody:'] : []),
      ...required.map(({ name, title }) => `  ${variableOf(name)} = "..."  (${title})`)
    ],
    repos: { 'kas-harden': { layers: ['recipes'] } },
    blocks: {
      packages: [
        ...packages(any.packages.filter(everywhere)),
        ...profiles.flatMap(({ release, profile }) =>
          packages(
            profile.packages.filter((one) => !everywhere(one)),
            release
          )
        )
      ],
      settings: [
        append('IMAGE_INSTALL', [...any.settings, 'kas-harden-site', ...any.isarRecipes]),
        `KAS_HARDEN_SITE_PARTS ?= ${bitbakeString(any.siteParts.join(' '))}`
      ],
      // `?=`, so that a plain assignment in your own file wins, wherever it stands.
      parameters: Object.entries(values)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${variableOf(name)} ?= ${bitbakeString(text(value))}`),
      kernel: [
        '# isar has no variable for it: add it to the bootloader line of your .wks (--append="...").',
        `KAS_HARDEN_CMDLINE ?= ${bitbakeString(any.cmdline.join(' '))}`
      ]
    }
  })
}

function boardOverlay(board) {
  return `# yaml-language-server: $schema=${schema}
# SPDX-License-Identifier: Apache-2.0
# ${board.title}; the machine is one of ${board.from}.
# Secure boot: ${board.secureBoot}, verity: ${board.verity}, TPM 2: ${board.tpm}, encryption: ${board.encryption}, A/B update: ${board.update}.
# Generated: node scripts/generate-overlays.mjs
header:
  version: 14
machine: ${board.machine}
`
}
