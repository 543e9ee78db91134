import { readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HardenError } from '../../lib/base/errors.ts'
import { readKasProject, type ReadKasProjectOptions } from '../../lib/kas/project.ts'
import { plantTree, type Tree } from './project-tree.ts'

const good = `header: {version: 14}
build_system: isar
machine: qemuamd64
distro: debian-bookworm
target: isar-image-base
`

async function read(
  tree: Tree,
  chain = 'k.yml',
  env: Record<string, string> = {},
  options?: ReadKasProjectOptions
) {
  const root = plantTree(tree)
  const project = await readKasProject(chain, { cwd: root, env }, options)
  return { root: realpathSync(root), project }
}

async function failure(
  tree: Tree,
  chain = 'k.yml',
  env: Record<string, string> = {},
  options?: ReadKasProjectOptions
) {
  const error = await read(tree, chain, env, options).then(
    () => undefined,
    (e: unknown) => e as HardenError
  )
  expect(error).toMatchObject({ name: 'HardenError', kind: 'usage' })
  return error!
}

const isar = 'header: {version: 14}\nbuild_system: isar\n'

/** Bad projects: the files, the chain, the code, and what the message must name. */
const bad: [what: string, tree: Tree, chain: string, code: string, message: RegExp][] = [
  ['missing file', {}, 'k.yml', 'KAS_NOT_FOUND', /\/k\.yml: there is no such kas file$/],
  ['missing second file', { 'k.yml': good }, 'k.yml:kas/no.yml', 'KAS_NOT_FOUND', /kas\/no\.yml/],
  [
    'missing include',
    { 'k.yml': 'header: {version: 14, includes: [a/no.yml]}\n' },
    'k.yml',
    'KAS_NOT_FOUND',
    /a\/no\.yml: .*included by .*k\.yml/
  ],
  ['no kas file', { 'k.txt': good }, 'k.txt', 'KAS_EXTENSION', /k\.txt/],
  ['a directory', { 'kas/k.yml': good }, 'kas', 'KAS_EXTENSION', /kas/],
  [
    'malformed YAML',
    { 'k.yml': 'header:\n  version: 14\n  includes: [a\n' },
    'k.yml',
    'KAS_YAML',
    /k\.yml:\d+:\d+: /
  ],
  ['malformed JSON', { 'k.json': '{"header": }' }, 'k.json', 'KAS_YAML', /k\.json: not valid JSON/],
  ['bytes that are no text', { 'k.yml': 'header: \u0000' }, 'k.yml', 'KAS_YAML', /control character/],
  ['empty file', { 'k.yml': '' }, 'k.yml', 'KAS_NO_HEADER', /k\.yml:1:1: the file is not a dictionary/],
  ['a list', { 'k.yml': '- a\n' }, 'k.yml', 'KAS_NO_HEADER', /not a dictionary/],
  ['no header', { 'k.yml': 'machine: a\n' }, 'k.yml', 'KAS_NO_HEADER', /no `header`/],
  [
    'no version',
    { 'k.yml': 'header: {}\n' },
    'k.yml',
    'KAS_NO_HEADER',
    /k\.yml:1:9: `header.version` is missing/
  ],
  [
    'version as text',
    { 'k.yml': '\nheader:\n  version: "14"\n' },
    'k.yml',
    'KAS_VERSION',
    /k\.yml:3:12: header.version is "14"/
  ],
  ['version zero', { 'k.yml': 'header: {version: 0}\n' }, 'k.yml', 'KAS_VERSION', /is 0/],
  [
    'unknown key',
    { 'k.yml': `${good}machinee: x\n` },
    'k.yml',
    'KAS_INVALID',
    /k\.yml:6:11: kas knows no key 'machinee'/
  ],
  [
    'machine no text',
    { 'k.yml': 'header: {version: 14}\nmachine: [a]\n' },
    'k.yml',
    'KAS_INVALID',
    /:2:10: `machine` must be text/
  ],
  [
    'block no text',
    { 'k.yml': `${good}local_conf_header:\n  a: 1\n` },
    'k.yml',
    'KAS_INVALID',
    /:7:6: `local_conf_header\.a` must be text/
  ],
  [
    'headers no dictionary',
    { 'k.yml': `${good}local_conf_header: A = "1"\n` },
    'k.yml',
    'KAS_INVALID',
    /must be a dictionary/
  ],
  [
    'includes no list',
    { 'k.yml': 'header: {version: 14, includes: a.yml}\n' },
    'k.yml',
    'KAS_INVALID',
    /header\.includes/
  ],
  [
    'include without file',
    { 'k.yml': 'header: {version: 14, includes: [{repo: a}]}\n' },
    'k.yml',
    'KAS_INVALID',
    /header\.includes/
  ],
  [
    'an include that includes itself',
    { 'k.yml': 'header: {version: 14, includes: [k.yml]}\n' },
    'k.yml',
    'KAS_INCLUDE_LOOP',
    /k\.yml\n {2}includes .*k\.yml/
  ],
  [
    'a circle of three',
    {
      'k.yml': 'header: {version: 14, includes: [a.yml]}\n',
      'a.yml': 'header: {version: 14, includes: [b.yml]}\n',
      'b.yml': 'header: {version: 14, includes: [a.yml]}\n'
    },
    'k.yml',
    'KAS_INCLUDE_LOOP',
    /a\.yml\n {2}includes .*b\.yml\n {2}includes .*a\.yml/
  ],
  [
    'an include that leads out',
    { 'p/k.yml': 'header:\n  version: 14\n  includes:\n    - ../k.yml\n', 'k.yml': good },
    'p/k.yml',
    'KAS_INCLUDE_ESCAPE',
    /p\/k\.yml:4: the include '\.\.\/k\.yml' leads out/
  ],
  [
    'an absolute include',
    { 'k.yml': 'header: {version: 14, includes: [/etc/passwd]}\n' },
    'k.yml',
    'KAS_INCLUDE_ESCAPE',
    /\/etc\/passwd/
  ],
  [
    'two repositories',
    { 'a/.git': '', 'a/k.yml': good, 'b/.git': '', 'b/k.yml': good },
    'a/k.yml:b/k.yml',
    'KAS_DIFFERENT_REPOS',
    /one repository/
  ],
  [
    'Yocto',
    { 'k.yml': 'header: {version: 14}\nbuild_system: openembedded\ndistro: poky\n' },
    'k.yml',
    'KAS_YOCTO',
    /k\.yml:2: .*Yocto/
  ],
  [
    'Yocto by default',
    {
      'k.yml':
        'header: {version: 14}\ndistro: poky\nrepos: {core: {url: "https://git.example.org/poky.git", branch: x}}\n'
    },
    'k.yml',
    'KAS_YOCTO',
    /no `build_system`/
  ],
  [
    'no build system',
    { 'k.yml': 'header: {version: 14}\ndistro: debian-bookworm\nrepos: {isar: {}}\n' },
    'k.yml',
    'KAS_BUILD_SYSTEM',
    /`build_system` is missing/
  ],
  [
    'unknown build system',
    { 'k.yml': 'header: {version: 14}\nbuild_system: make\n' },
    'k.yml',
    'KAS_BUILD_SYSTEM',
    /k\.yml:2: .*make/
  ],
  [
    'Ubuntu',
    { 'k.yml': `${isar}distro: ubuntu-noble\n` },
    'k.yml',
    'NOT_DEBIAN',
    /k\.yml:3: distro 'ubuntu-noble' is Ubuntu/
  ],
  ['Raspbian', { 'k.yml': `${isar}distro: raspbian-bookworm\n` }, 'k.yml', 'NOT_DEBIAN', /Raspbian/],
  [
    'Raspberry Pi OS',
    { 'k.yml': `${isar}distro: raspios-bookworm\n` },
    'k.yml',
    'NOT_DEBIAN',
    /Raspberry Pi OS/
  ],
  [
    'unknown release',
    { 'k.yml': `${isar}distro: acme-linux\n` },
    'k.yml',
    'UNKNOWN_RELEASE',
    /k\.yml:3: distro 'acme-linux'/
  ],
  ['no distro', { 'k.yml': isar }, 'k.yml', 'UNKNOWN_RELEASE', /no file of the chain sets `distro`/]
]

describe('readKasProject refuses', () => {
  it.each(bad)('%s', async (_, tree, chain, code, message) => {
    const error = await failure(tree, chain)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  it('a release that is none', async () => {
    expect(await failure({ 'k.yml': good }, 'k.yml', {}, { release: 'bokworm' })).toMatchObject({
      code: 'UNKNOWN_RELEASE'
    })
  })

  it('an include through a link that leads out of the repository', async () => {
    const root = plantTree({ 'p/k.yml': 'header: {version: 14, includes: [out/x.yml]}\n', 'q/x.yml': good })
    symlinkSync(join(root, 'q'), join(root, 'p/out'))
    await expect(readKasProject('p/k.yml', { cwd: root, env: {} })).rejects.toMatchObject({
      code: 'KAS_INCLUDE_ESCAPE'
    })
  })
})

describe('readKasProject', () => {
  it('takes an empty chain as .config.yaml of the work directory, with the repository kas menu noted', async () => {
    const root = plantTree({
      'src/base.yml': good,
      'src/.git': '',
      'work/.config.yaml':
        'header: {version: 14, includes: [base.yml]}\n_source_dir: SRC\nmenu_configuration: {A: true}\n'
    })
    const config = join(root, 'work/.config.yaml')
    writeFileSync(config, readFileSync(config, 'utf8').replace('SRC', join(root, 'src')))
    const project = await readKasProject('', { cwd: root, env: { KAS_WORK_DIR: 'work' } })
    expect(project).toMatchObject({
      root: join(root, 'src'),
      machine: 'qemuamd64',
      workDir: join(root, 'work')
    })
  })

  it('finds the top of git for a file in a folder, and of the project above a submodule', async () => {
    const { root, project } = await read({ '.git': '', 'kas/k.yml': good }, 'kas/k.yml')
    expect(realpathSync(project.root)).toBe(root)
    const top = plantTree({ '.git': '', 'sub/k.yml': good })
    writeFileSync(join(top, 'sub/.git'), 'gitdir: ../.git/modules/sub\n')
    expect((await readKasProject('sub/k.yml', { cwd: top, env: {} })).root).toBe(top)
  })

  it('lets the environment win over the files', async () => {
    const env = {
      KAS_MACHINE: 'qemuarm64',
      KAS_DISTRO: 'debian-trixie',
      KAS_TARGET: 'a  b',
      KAS_TASK: 'rootfs',
      KAS_BUILD_DIR: 'out'
    }
    const { project } = await read({ 'k.yml': good }, 'k.yml', env)
    expect(project).toMatchObject({
      machine: 'qemuarm64',
      distro: 'debian-trixie',
      targets: ['a', 'b'],
      task: 'rootfs'
    })
    expect(project.release?.codename).toBe('trixie')
    expect(project.buildDir).toMatch(/\/out$/)
  })

  it('sees DISTRO and MACHINE that a header block sets, which beat those of kas', async () => {
    const { project } = await read({
      'k.yml': `${good}local_conf_header:\n  d: |\n    DISTRO = "debian-trixie"\n    MACHINE ?= "bbb"\n`
    })
    expect(project).toMatchObject({
      distro: 'debian-trixie',
      machine: 'bbb',
      release: { codename: 'trixie' }
    })
    expect(project.defaults).toEqual({ machine: 'qemuamd64', distro: 'debian-bookworm' })
  })

  it('asks a distro of the project itself which release it is', async () => {
    const tree = {
      '.git': '',
      'k.yml': `${isar}distro: acme\nrepos: {acme: {layers: {meta-acme: }}}\n`,
      'meta-acme/conf/distro/acme.conf': 'require conf/distro/acme-base.conf\n',
      'meta-acme/conf/distro/acme-base.conf': 'require conf/distro/debian-trixie.conf\n'
    }
    expect((await read(tree)).project.release?.codename).toBe('trixie')
    expect(
      (await read({ 'k.yml': `${isar}distro: acme\n` }, 'k.yml', {}, { release: '12' })).project.release
        ?.codename
    ).toBe('bookworm')
  })

  it('reports what is not checked out instead of guessing', async () => {
    const tree = {
      'k.yml': `header:\n  version: 14\n  includes:\n    - repo: cip\n      file: kas-cip.yml\n    - repo: nowhere\n      file: x.yml\nrepos:\n  cip: {url: "https://git.example.org/cip/isar-cip-core.git", branch: next}\n`,
      'refs/git.example.org.cip.isar-cip-core.git/HEAD': 'ref: refs/heads/next\n'
    }
    const { project } = await read(tree, 'k.yml', { KAS_REPO_REF_DIR: join('/', 'nonexistent') })
    expect(project).toMatchObject({ distro: undefined, release: undefined, buildSystem: undefined })
    expect(project.unresolved).toMatchObject([
      {
        repo: 'cip',
        file: 'kas-cip.yml',
        line: 4,
        reason: expect.stringContaining('not checked out') as string
      },
      {
        repo: 'nowhere',
        file: 'x.yml',
        line: 6,
        reason: expect.stringContaining("defines a repo 'nowhere'") as string
      }
    ])
    const root = plantTree(tree)
    const withRefs = await readKasProject('k.yml', {
      cwd: root,
      env: { KAS_REPO_REF_DIR: join(root, 'refs') }
    })
    expect(withRefs.unresolved[0]?.reason).toContain('a bare clone is in')
  })

  it('follows an include of a repo that another include defines', async () => {
    const { project } = await read({
      'k.yml': 'header: {version: 14, includes: [{repo: a, file: a.yml}]}\nrepos: {a: {path: a}}\n',
      'a/a.yml': 'header: {version: 14, includes: [{repo: b, file: b.yml}]}\nrepos: {b: {path: b}}\n',
      'b/b.yml': good
    })
    expect(project.unresolved).toEqual([])
    expect(project.files.map((file) => [file.path.split('/').at(-1), file.repo])).toEqual([
      ['b.yml', 'b'],
      ['a.yml', 'a'],
      ['k.yml', undefined]
    ])
  })

  it('warns of includes relative to the file, and of duplicate keys', async () => {
    const { project } = await read(
      {
        '.git': '',
        'k/k.yml': `header: {version: 14, includes: [o.yml]}\ntask: a\ntask: build\n`,
        'k/o.yml': good
      },
      'k/k.yml'
    )
    expect(project.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['KAS_DUPLICATE_KEY', 'warning'],
      ['KAS_FILE_RELATIVE_INCLUDE', 'warning']
    ])
  })

  it('knows where each repo lies, and the commit a lock file pins', async () => {
    const url = 'https://git.example.org/isar.git'
    const { project, root } = await read({
      'k.yml': `${good}repos:\n  me: \n  isar: {url: "${url}", commit: aaaa, layers: {meta: , old: excluded}}\n  own: {path: x/own}\n`,
      'k.lock.yml': 'header: {version: 14}\noverrides: {repos: {isar: {commit: bbbb}}}\n'
    })
    const shown = project.repos.map((repo) => [
      repo.key,
      repo.commit,
      realpathSync(project.root) === root,
      repo.present,
      repo.layers
    ])
    const top = project.root
    expect(shown).toEqual([
      ['me', undefined, true, true, [top]],
      ['isar', 'bbbb', true, false, [join(top, 'isar/meta')]],
      ['own', undefined, true, false, [join(top, 'x/own')]]
    ])
  })

  it('leaves keys of a newer format alone and says so', async () => {
    const { project } = await read({ 'k.yml': `${good.replace('14', '99')}brand_new: 1\n` })
    expect(project.findings).toMatchObject([{ code: 'KAS_NEWER_FORMAT' }])
  })

  it('knows which file a value and a header block come from', async () => {
    const { project } = await read(
      {
        'k.yml': `${good}local_conf_header:\n  one: |\n    A = "1"\n  two: |\n    B = "2"\n`,
        'o.yml': 'header: {version: 14}\ndistro: debian-trixie\nlocal_conf_header:\n  one: |\n\n    A = "3"\n'
      },
      'k.yml:o.yml'
    )
    expect(project.placeOf(['distro'])).toMatchObject({
      line: 2,
      path: expect.stringMatching(/o\.yml$/) as string
    })
    expect(project.placeOf(['machine'])).toMatchObject({
      line: 3,
      path: expect.stringMatching(/k\.yml$/) as string
    })
    expect(project.placeOf(['env'])).toBeUndefined()
    expect(project.headers.map(({ key, path, lineOf }) => [key, path.split('/').at(-1), lineOf(1)])).toEqual([
      ['one', 'o.yml', 6],
      ['two', 'k.yml', 11]
    ])
  })

  it('keeps keys that mean something to JavaScript', async () => {
    const { project } = await read({
      'k.yml': `${good}local_conf_header:\n  __proto__: |\n    A = "1"\n  constructor: |\n    B = "2"\n`
    })
    expect(project.headers.map(({ key }) => key)).toEqual(['__proto__', 'constructor'])
  })
})
