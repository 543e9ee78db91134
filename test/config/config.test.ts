import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { HardenError } from '../../lib/base/errors.ts'
import { loadProjectConfig } from '../../lib/config/load.ts'
import { parseProjectConfig } from '../../lib/config/parse.ts'
import { sshKeyProblem } from '../../lib/config/ssh-key.ts'
import { nearest } from '../../lib/config/suggest.ts'

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBFqz3k4uJ7q0sN3n8b4dCqv1u8b1wq8o3JkF5r0X2Zt jo@plant'
const yescrypt = `$y$j9T$F5Jx5fExrKuPp53xLKQ..1$${'a'.repeat(43)}`

/** Good files, by what they show. */
const good: Record<string, string> = {
  empty: '',
  layer: `layer: {url: https://git.example/x, commit: ${'a1'.repeat(20)}, path: recipes}`,
  target: 'target: {components: [EDR, NDR], securityLevel: 2, edition: "2019"}',
  'target without edition': 'target:\n  components: [EDR]\n  securityLevel: 4\n',
  accounts: `accounts:\n  - {name: jo, role: admin, sshKey: "${ed25519}", passwordHash: ${yescrypt}}\n  - {name: ann_2, role: auditor, sshKeys: ["${ed25519}"], shell: /bin/bash}\n`,
  parameters:
    'parameters:\n  password.minlen: 14\n  firewall.management_networks: [192.0.2.0/24]\n  banner.text: Keep out\n',
  controls: 'controls: [hardening/controls, other]',
  waivers:
    'waivers:\n  - {requirement: "EDR 3.14 RE(1)", reason: no TPM, owner: Jo, expires: 2027-02-28}\n  - {check: ssh-root, reason: lab, owner: Jo, expires: 2028-02-29}\n',
  statements:
    'statements: [{requirement: CCSC 4, kind: declaration, text: We do 4-1., who: Jo, date: 2026-11-01, evidence: docs/4-1.pdf}]',
  context:
    'context: {essentialFunctions: [open the valve], interfaces: [eth0, {name: usb, trust: none}], data: anything}',
  fleet:
    'boards:\n  - name: gate-x\n  - {name: gate-y, chain: "kas.yml:y.yml", securityLevels: [1, 3], components: [NDR], tags: [arm64], timeout: 3h 30m, needs: [gate-x], variables: {KAS_MACHINE: y}}\nci: {command: npx kas-harden, image: r.example/x:1, gate: warn, tags: [isar], timeout: 90 minutes, variables: {SSTATE_MIRRORS: "file://.* http://s.example/PATH"}}\n',
  gate: 'engine: mmdebstrap\nfailOn: [not-met]\n'
}

/** Bad files that the JSON Schema refuses as well: the text, and what the message says. */
const bad: Record<string, [source: string, message: string]> = {
  'layer at a branch': ['layer: {url: https://git.example/x, commit: main}', 'whole commit hash'],
  'unknown key': ['targets: {}', "has no key 'targets'"],
  'unknown inner key': ['target: {components: [EDR], security_level: 2}', "has no key 'security_level'"],
  'missing key': ['target: {components: [EDR]}', '`target.securityLevel` is missing'],
  'not a dictionary': ['- 1', 'must be a dictionary'],
  component: ['target: {components: [PLC], securityLevel: 2}', 'must be one of SAR, EDR, HDR, NDR'],
  'no component': ['target: {components: [], securityLevel: 2}', 'must name at least one'],
  'component twice': ['target: {components: [EDR, EDR], securityLevel: 2}', 'twice'],
  level: ['target: {components: [EDR], securityLevel: 5}', 'from 1 to 4'],
  'level as text': ['target: {components: [EDR], securityLevel: "2"}', 'from 1 to 4'],
  'half a level': ['target: {components: [EDR], securityLevel: 1.5}', 'from 1 to 4'],
  edition: ['target: {components: [EDR], securityLevel: 1, edition: 2019}', "'2019' (with its quotes)"],
  name: ['accounts: [{name: Jo, role: admin}]', 'lower-case'],
  role: ['accounts: [{name: jo, role: root}]', 'must be one of admin'],
  key: ['accounts: [{name: jo, role: admin, sshKey: AAAAC3}]', 'does not start with a key type'],
  'dsa key': ['accounts: [{name: jo, role: admin, sshKey: ssh-dss AAAA}]', 'sshd does not take'],
  'clear-text password': [
    'accounts: [{name: jo, role: admin, passwordHash: secret}]',
    'never a password in clear text'
  ],
  'md5 hash': ['accounts: [{name: jo, role: admin, passwordHash: $1$ab$cd}]', 'yescrypt'],
  'hash cut off': ['accounts: [{name: jo, role: admin, passwordHash: $y$j9T$abc}]', 'not a whole hash'],
  shell: ['accounts: [{name: jo, role: admin, shell: bash}]', 'absolute path'],
  'parameter name': ['parameters: {Minlen: 3}', "such as 'password.minlen'"],
  'parameter value': ['parameters: {password.minlen: {a: 1}}', 'must be text, a number or a list'],
  'controls no list': ['controls: folder', 'must be a list'],
  'controls twice': ['controls: [a, a]', 'stands here twice'],
  'waiver without end': ['waivers: [{check: a, reason: b, owner: c}]', '`waivers[0].expires` is missing'],
  'waiver of nothing': [
    'waivers: [{reason: b, owner: c, expires: 2027-01-01}]',
    'either a requirement or a check'
  ],
  'waiver of two': [
    'waivers: [{check: a, requirement: CR 1.1, reason: b, owner: c, expires: 2027-01-01}]',
    'either'
  ],
  'no date': ['waivers: [{check: a, reason: b, owner: c, expires: soon}]', 'must be a date'],
  'day that is none': ['waivers: [{check: a, reason: b, owner: c, expires: 2027-02-30}]', 'does not exist'],
  requirement: [
    'statements: [{requirement: CR1.1, text: a, who: b, date: 2026-01-01}]',
    "an id such as 'CR 1.11'"
  ],
  'empty text': [
    'statements: [{requirement: CR 1.1, text: " ", who: b, date: 2026-01-01}]',
    'must not be empty'
  ],
  'kind of statement': [
    'statements: [{requirement: CR 1.1, kind: a, text: a, who: b, date: 2026-01-01}]',
    'must be one of compensation'
  ],
  'board without name': ['boards: [{chain: kas.yml}]', '`boards[0].name` is missing'],
  'name of a board': ['boards: [{name: ../x}]', 'letters, digits'],
  'name with two dots': ['boards: [{name: a..b}]', "must not have '..'"],
  'unknown key of a board': ['boards: [{name: x, tag: [a]}]', "`boards` has no key 'tag'"],
  'level of a board': ['boards: [{name: x, securityLevels: [5]}]', 'from 1 to 4'],
  'no level of a board': ['boards: [{name: x, securityLevels: []}]', 'at least one level'],
  'no tags': ['ci: {tags: []}', 'must not be an empty list'],
  timeout: ['ci: {timeout: soon}', 'must be a time such as'],
  'name of a variable': ['ci: {variables: {dl-dir: /x}}', 'must be the name of a variable'],
  'variable of two lines': ['ci: {variables: {DL_DIR: "a\\nb"}}', 'must be one line'],
  'gate of a pipeline': ['ci: {gate: ignore}', 'must be one of enforce, warn'],
  engine: ['engine: docker', 'must be one of kas, kas-container, mmdebstrap'],
  gate: ['failOn: [waived]', 'must be one of not-met'],
  'context as a list': ['context: []', 'must be a dictionary'],
  'target as a list': ['target: []', '`target.components` is missing'],
  context: ['context: {essentialFunctions: valve}', 'must be a list of texts']
}

/** Bad files that only the loader can tell. */
const worse: Record<string, [source: string, message: string]> = {
  'system account': ['accounts: [{name: root, role: admin}]', 'account of Debian itself'],
  'account twice': ['accounts: [{name: jo, role: admin}, {name: jo, role: auditor}]', 'stands here twice'],
  'waived twice': [
    'waivers: [{check: a, reason: b, owner: c, expires: 2027-01-01}, {check: a, reason: d, owner: e, expires: 2027-01-01}]',
    'waived twice'
  ],
  'board twice': ['boards: [{name: x}, {name: x}]', "the board 'x' stands here twice"],
  'need of nobody': ['boards: [{name: x, needs: [y]}]', "needs 'y', and there is no such board"],
  'need of itself': ['boards: [{name: x, needs: [x]}]', "needs 'x', which needs 'x'"],
  'needs in a circle': [
    'boards: [{name: x, needs: [z]}, {name: y, needs: [x]}, {name: z, needs: [y]}]',
    "needs 'z', which needs 'x'"
  ],
  'key of another type': [
    `accounts: [{name: jo, role: admin, sshKey: ${ed25519.replace('ssh-ed25519', 'ssh-rsa')}}]`,
    'another type'
  ],
  'key cut off': [`accounts: [{name: jo, role: admin, sshKey: ${ed25519.slice(0, 60)}}]`, 'cut off'],
  'comment that breaks out': [`accounts: [{name: jo, role: admin, sshKey: '${ed25519} "x'}]`, 'comment'],
  'duplicate key': ['engine: kas\nengine: kas\n', 'Map keys must be unique'],
  'bad YAML': ['target: [', 'Flow sequence']
}

const schema = JSON.parse(
  readFileSync(new URL('../../schemas/kas-harden.schema.json', import.meta.url), 'utf8')
) as object
const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(schema)

describe('kas-harden.yml', () => {
  it.each(Object.entries(good))('is accepted by loader and JSON Schema: %s', (_, source) => {
    expect(
      parseProjectConfig(source, 'k.yml', '/p').findings.filter(({ severity }) => severity === 'error')
    ).toEqual([])
    expect(validate(parse(source)), ajv.errorsText(validate.errors)).toBe(true)
  })

  it.each(Object.entries(bad))('is refused by loader and JSON Schema: %s', (_, [source, message]) => {
    const { config, findings } = parseProjectConfig(source, 'k.yml', '/p')
    expect(config).toBeUndefined()
    expect(findings.map((finding) => finding.message).join('\n')).toContain(message)
    expect(validate(parse(source))).toBe(false)
  })

  it.each(Object.entries(worse))('is refused by the loader alone: %s', (_, [source, message]) => {
    const { config, findings } = parseProjectConfig(source, 'k.yml', '/p')
    expect(config).toBeUndefined()
    expect(findings.map((finding) => finding.message).join('\n')).toContain(message)
  })

  it('gives keys, folders and defaults in the form the program reads', () => {
    const { config } = parseProjectConfig(`${good['accounts']!}${good['controls']!}`, '/p/k.yml', '/p')
    expect(config).toMatchObject({
      path: '/p/k.yml',
      accounts: [
        { name: 'jo', sshKeys: [ed25519], passwordHash: yescrypt },
        { name: 'ann_2', sshKeys: [ed25519], shell: '/bin/bash' }
      ],
      controls: ['/p/hardening/controls', '/p/other'],
      failOn: ['not-met', 'unknown'],
      waivers: []
    })
    expect(config?.accounts[0]).not.toHaveProperty('sshKey')
  })

  it('points at the line and column of a problem and says what was meant', () => {
    const source = 'target:\n  components: [EDR]\n  securityLevel: 2\nacounts: []\n'
    expect(parseProjectConfig(source, 'k.yml', '/p').findings).toMatchObject([
      { code: 'CONFIG_INVALID', range: { line: 4, column: 1 }, hint: "Did you mean 'accounts'?" }
    ])
    const level = parseProjectConfig('target:\n  components: [EDR]\n  securityLevel: 7\n', 'k.yml', '/p')
    expect(level.findings).toMatchObject([{ range: { line: 3, column: 18, endColumn: 19 } }])
  })

  it('warns about an account nobody can log in with', () => {
    const { config, findings } = parseProjectConfig('accounts: [{name: jo, role: admin}]', 'k.yml', '/p')
    expect(config?.accounts).toHaveLength(1)
    expect(findings).toMatchObject([{ code: 'CONFIG_NO_WAY_IN', severity: 'warning' }])
  })

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), (source) => {
        const { config, findings } = parseProjectConfig(source, 'k.yml', '/p')
        expect(config !== undefined || findings.some(({ severity }) => severity === 'error')).toBe(true)
      }),
      { numRuns: 300 }
    )
  })
})

describe('loadProjectConfig', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-config-'))
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  it('takes the defaults when there is no file and none was named', async () => {
    const { config } = await loadProjectConfig(undefined, { cwd: directory })
    expect(config).toMatchObject({ path: undefined, directory, accounts: [], failOn: ['not-met', 'unknown'] })
  })

  it('refuses a file that was named and is missing', async () => {
    await expect(loadProjectConfig('no.yml', { cwd: directory })).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      kind: 'usage'
    })
  })

  it('throws all problems at once, with a code frame each', async () => {
    mkdirSync(join(directory, 'bad'))
    writeFileSync(join(directory, 'bad', 'kas-harden.yml'), 'engine: docker\nfailOn: [never]\n')
    const error = await loadProjectConfig(undefined, { cwd: join(directory, 'bad') }).catch(
      (e: unknown) => e as HardenError
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'usage' })
    expect((error as HardenError).findings).toHaveLength(2)
    expect((error as HardenError).message).toMatch(
      /kas-harden\.yml:1:9: error: .*\n1 \| engine: docker\n {12}\^{6}\n/
    )
  })
})

describe('sshKeyProblem', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-keys-'))
  const keys = new Map<string, string>()
  beforeAll(() => {
    for (const [type, bits] of [
      ['ed25519', '256'],
      ['rsa', '2048'],
      ['rsa', '1024'],
      ['ecdsa', '256'],
      ['ecdsa', '384'],
      ['ecdsa', '521']
    ] as const) {
      const file = join(directory, `${type}${bits}`)
      execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-C', 'jo@plant', '-f', file])
      keys.set(`${type}${bits}`, readFileSync(`${file}.pub`, 'utf8').trim())
      if (type === 'ed25519') keys.set('private', readFileSync(file, 'utf8'))
    }
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  it.each(['ed25519256', 'rsa2048', 'ecdsa256', 'ecdsa384', 'ecdsa521'])(
    'takes the %s key ssh-keygen makes',
    (name) => {
      expect(sshKeyProblem(keys.get(name)!)).toBeUndefined()
    }
  )

  it('refuses short RSA keys and private keys', () => {
    expect(sshKeyProblem(keys.get('rsa1024')!)).toContain('1024 bits')
    expect(sshKeyProblem(keys.get('private')!)).toContain('private key')
  })

  it('refuses a key that lost characters at its end', () => {
    const [type, data] = keys.get('ecdsa256')!.split(' ') as [string, string]
    for (let length = data.length - 1; length > data.length - 12; length--) {
      expect(sshKeyProblem(`${type} ${data.slice(0, length)}`)).toBeDefined()
    }
  })
})

describe('nearest', () => {
  it.each([
    ['acounts', 'accounts'],
    ['security_level', 'securityLevel'],
    ['failon', 'failOn'],
    ['zzz', undefined]
  ])('%s -> %s', (word, meant) => {
    expect(nearest(word, ['accounts', 'securityLevel', 'failOn', 'target'])).toBe(meant)
  })
})
