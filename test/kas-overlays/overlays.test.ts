import { Ajv } from 'ajv'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCatalogue } from '../../lib/catalogue/load-catalogue.ts'
import { componentTypes, releases, variableOf } from '../../lib/controls/control.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { resolveParameters } from '../../lib/controls/parameters.ts'
import { profileFor } from '../../lib/controls/profile.ts'
import { boards } from '../../lib/kas/boards.ts'
import { effectiveConfiguration } from '../../lib/kas/effective.ts'
import { bitbakeString, renderOverlay } from '../../lib/kas/overlay.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { parseYaml } from '../../lib/kas/yaml.ts'
import { clone } from '../kas/clones.ts'
import { kas, plantTree } from '../kas/project-tree.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'kas-overlays')
const overlays = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yml'))
  .sort()
const text = (name: string) => readFileSync(join(folder, name), 'utf8')

interface Generator {
  overlayFiles: (modules: object) => Promise<Map<string, string>>
  supportMatrix: (list: typeof boards) => string
}

let generator: Generator
beforeAll(async () => {
  const path = join(root, 'scripts/overlays/overlay-files.mjs')
  generator = (await import(path)) as Generator
})

describe('the overlays that are shipped', () => {
  it('are what the controls and the table of boards say: node scripts/generate-overlays.mjs', async () => {
    const modules = { loadControls, loadCatalogue, releases, profileFor, resolveParameters, variableOf }
    const files = await generator.overlayFiles({ ...modules, renderOverlay, bitbakeString, boards })
    for (const [name, wanted] of files) expect(text(name), name).toBe(wanted)
    const written = overlays.filter((name) => !name.startsWith('opt/'))
    expect(written).toEqual([...files.keys()].sort())
    expect(text('README.md')).toContain(generator.supportMatrix(boards))
  })

  it('suit every component type, as their comment says', async () => {
    const { controls } = await loadControls()
    const catalogue = loadCatalogue('2019')
    for (const securityLevel of [1, 2, 3, 4]) {
      for (const release of releases) {
        const of = (type: (typeof componentTypes)[number]) => {
          const target = { components: [type], securityLevel, edition: '2019' }
          const { packages, settings, cmdline } = profileFor(target, catalogue, controls, release)
          return { packages: packages.map(({ name }) => name), settings, cmdline }
        }
        expect(of('HDR')).toEqual(of('EDR'))
        expect(of('NDR')).toEqual(of('EDR'))
        expect(of('EDR').packages).toEqual(expect.arrayContaining(of('SAR').packages))
      }
    }
  })

  it.each(overlays)('%s is valid to the schema of the real kas', (name) => {
    const where = 'import kas, os; print(os.path.dirname(kas.__file__))'
    const directory = execFileSync('/usr/bin/python3', ['-c', where], { encoding: 'utf8' }).trim()
    const schema = JSON.parse(readFileSync(join(directory, 'schema-kas.json'), 'utf8')) as object
    const validate = new Ajv({ strict: false }).compile(schema)
    expect(validate(parseYaml(text(name), name).value) ? [] : validate.errors).toEqual([])
  })
})

/** A product that takes an overlay from a repo kas-harden. */
function product(overlay: string, distro: string, own = ''): string {
  const tree = plantTree({
    '.git': '',
    'kas.yml': `header:
  version: 14
  includes:
    - repo: kas-harden
      file: kas-overlays/${overlay}
build_system: isar
machine: qemuamd64
distro: ${distro}
target: isar-image-base
repos:
  kas-harden:
    path: checkout
local_conf_header:
  access: |
    USERS:append = " admin"
    KAS_HARDEN_TIME_SERVERS = "ntp.example.org"
${own}`
  })
  for (const name of ['kas-overlays', 'recipes/conf']) {
    cpSync(join(root, name), join(tree, 'checkout', name), { recursive: true })
  }
  return tree
}

describe('a product with an overlay', () => {
  it.each(['sl1.yml', 'sl2.yml', 'sl3.yml', 'sl4.yml'])('%s reaches the configuration of the real kas', (name) => {
    const tree = product(name, 'debian-bookworm')
    const args = ['dump', '--skip', 'setup_environ', '--skip', 'write_bbconfig', '--format', 'json', 'kas.yml']
    const dumped = JSON.parse(kas(tree, args)) as {
      repos: Record<string, { layers?: object }>
      local_conf_header: Record<string, string>
    }
    expect(Object.keys(dumped.repos['kas-harden']?.layers ?? {})).toEqual(['recipes'])
    expect(dumped.local_conf_header['zz-kas-harden-packages']).toContain('IMAGE_PREINSTALL:append = " auditd"')
  })

  it('gets the packages of its own Debian release, and its own values win', async () => {
    const read = async (distro: string) => {
      const tree = product('sl2.yml', distro, '    KAS_HARDEN_LOCKOUT_DENY = "3"\n')
      return effectiveConfiguration(await readKasProject('kas.yml', { cwd: tree, env: {} }))
    }
    const [bookworm, trixie] = [await read('debian-bookworm'), await read('debian-trixie')]
    const bullseye = await read('debian-bullseye')
    expect(bullseye.installPackages).toContain('esmtp-run')
    expect(bookworm.installPackages).not.toContain('esmtp-run')
    expect(bookworm.installPackages).not.toContain('systemd-cryptsetup')
    expect(trixie.installPackages).toContain('systemd-cryptsetup')
    expect(bookworm.installPackages).toEqual(expect.arrayContaining(['auditd', 'nftables']))
    expect(bookworm.harden['KAS_HARDEN_LOCKOUT_DENY']).toBe('3')
    expect(bookworm.harden['KAS_HARDEN_PASSWORD_MINLEN']).toMatch(/^\d+$/)
  })
})

describe('kas menu', () => {
  const script = `
import json, os, sys, kconfiglib
os.chdir(sys.argv[1])
answers = json.loads(sys.argv[2])
k = kconfiglib.Kconfig('kas-overlays/Kconfig', warn_to_stderr=False)
for name, value in answers.items(): k.syms[name].set_value(value)
print(json.dumps({'warnings': k.warnings, 'symbols': {n: s.str_value for n, s in k.syms.items()}}))
`
  function menu(answers: Record<string, string>): { warnings: string[]; symbols: Record<string, string> } {
    const out = execFileSync('/usr/bin/python3', ['-c', script, root, JSON.stringify(answers)], { encoding: 'utf8' })
    return JSON.parse(out) as ReturnType<typeof menu>
  }
  const included = ({ symbols }: ReturnType<typeof menu>) =>
    Object.entries(symbols)
      .filter(([name, value]) => name.startsWith('KAS_INCLUDE_') && value !== '')
      .map(([, value]) => value)
      .sort()

  it('offers nothing until it is asked, then component type, level and options', () => {
    expect(included(menu({}))).toEqual([])
    const chosen = menu({
      KAS_HARDEN: 'y',
      HARDEN_SL3: 'y',
      HARDEN_NDR: 'y',
      HARDEN_BOARD_X86_UEFI: 'y',
      HARDEN_SECURE_BOOT: 'y',
      HARDEN_ENCRYPTION: 'y'
    })
    expect(chosen.warnings).toEqual([])
    expect(chosen.symbols['KAS_HARDEN_COMPONENT']).toBe('NDR')
    expect(included(chosen)).toEqual(
      ['board/x86-uefi.yml', 'opt/encryption.yml', 'opt/secure-boot.yml', 'sl3.yml'].map((one) => `kas-overlays/${one}`)
    )
  })

  it.each(boards)('offers $name what it can carry, and nothing else', (board) => {
    const symbol = `HARDEN_BOARD_${board.name.toUpperCase().replaceAll('-', '_')}`
    const all = { HARDEN_SECURE_BOOT: 'y', HARDEN_ENCRYPTION: 'y', HARDEN_SWUPDATE: 'y' }
    const chosen = menu({ KAS_HARDEN: 'y', [symbol]: 'y', ...all })
    const files = included(chosen)
    expect(files).toContain(`kas-overlays/board/${board.name}.yml`)
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true)
    // The iot2050 has options of its own in its own project.
    const cip = board.from === 'isar-cip-core'
    expect(files.includes('kas-overlays/opt/secure-boot.yml')).toBe(cip && board.secureBoot !== 'no')
    expect(files.includes('kas-overlays/opt/encryption.yml')).toBe(cip && board.encryption !== 'no')
    const update = files.some((file) => /swupdate|secure-boot/.test(file))
    expect(update).toBe(cip && board.update !== 'no')
  })
})

describe('the options on isar-cip-core', () => {
  it.each(readdirSync(join(folder, 'opt')))('%s includes files that are there, and no published key stays', async (name) => {
    const cip = clone('KAS_HARDEN_TEST_CIP')
    if (cip === undefined) return
    const tree = plantTree({
      '.git': '',
      'kas.yml': `header:
  version: 14
  includes:
    - {repo: cip-core, file: kas-cip.yml}
    - {repo: cip-core, file: kas/board/qemu-amd64.yml}
    - {repo: kas-harden, file: kas-overlays/opt/${name}}
repos:
  cip-core: {path: ${JSON.stringify(cip)}}
  kas-harden: {path: ${JSON.stringify(root)}}
`
    })
    const project = await readKasProject('kas.yml', { cwd: tree, env: {} })
    expect(project.unresolved).toEqual([])
    const { conf } = effectiveConfiguration(project)
    for (const [variable, { value }] of conf.variables) {
      if (variable.startsWith('PREFERRED_PROVIDER_')) expect(value).not.toContain('snakeoil')
    }
  })
})
