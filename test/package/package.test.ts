import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as library from '../../lib/index.ts'
import * as sbom from '../../sbom/index.ts'
import { ordinaryUserTests } from './ordinary-user.ts'
import { installedSize, stagePackage, type Stage } from './stage.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = (name: string): string => join(root, 'node_modules/.bin', name)

let stage: Stage
let paths: readonly string[]

beforeAll(() => {
  stage = stagePackage()
  paths = stage.packed.files.map(({ path }) => path)
  const [packed, unpacked] = [stage.packed.size, stage.packed.unpackedSize].map((size) =>
    Math.round(size / 1024)
  )
  process.stderr.write(
    `package: ${paths.length} files, ${packed ?? 0} KiB packed, ${unpacked ?? 0} KiB unpacked\n`
  )
})

afterAll(() => {
  rmSync(stage.directory, { recursive: true, force: true })
})

/** Runs a program in the project that has installed the package. */
function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { cwd: stage.project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function runModule(text: string): string {
  return run(process.execPath, '--input-type=module', '--eval', text)
}

describe('the package', () => {
  it('holds what it needs', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'SECURITY.md',
        'dist/lib/catalogue/data/iec62443-4-2.json',
        'dist/lib/cli/main.js',
        'dist/lib/controls/controls.json',
        'dist/lib/index.d.ts',
        'dist/sbom/index.js',
        'docs/project-file.md',
        'man/kas-harden.1',
        'recipes/conf/layer.conf',
        'schemas/assessment.schema.json',
        'schemas/control.schema.json',
        'schemas/kas-harden.schema.json',
        'templates/kas-harden/template.yml'
      ])
    )
  })

  it('holds no tests, no sources and nothing by accident', () => {
    const first = new Set(paths.map((path) => path.split('/')[0]))
    expect([...first].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'dist', 'docs', 'kas-overlays', 'man'].concat(
        'package.json',
        'recipes',
        'schemas',
        'templates'
      )
    )
    const compiled = paths.filter((path) => path.startsWith('dist/'))
    expect(compiled.filter((path) => !/\.(js|d\.ts|json)$/.test(path))).toEqual([])
    expect(paths.filter((path) => /\.test\.|(^|\/)(node_modules|\.git)/.test(path))).toEqual([])
  })

  it('stays small: a tool of a pipeline is downloaded often', () => {
    expect(stage.packed.size).toBeLessThan(1024 * 1024)
  })

  it('is installed with its dependencies in 25 MB', () => {
    const { bytes, blocks } = installedSize(stage.project)
    const [whole, onDisk] = [bytes, blocks].map((size) => (size / 1e6).toFixed(1))
    process.stderr.write(`package: installed ${whole} MB, ${onDisk} MB in blocks of 4 KiB\n`)
    expect(bytes).toBeLessThan(25e6)
  })

  it('has no install scripts, nor has what it depends on', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>
    }
    const scripts = Object.entries(lock.packages).filter(([, one]) => one.hasInstallScript && !one.dev)
    expect(scripts.map(([path]) => path)).toEqual([])
    const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(Object.keys(own.scripts).filter((name) => /^(?:pre|post)?install$/.test(name))).toEqual([])
  })

  it('holds the recipes file by file, executable where they are in git', () => {
    const tracked = execFileSync('git', ['ls-files', '--stage', 'recipes', 'kas-overlays'], {
      cwd: root,
      encoding: 'utf8'
    })
    const rows = [...tracked.matchAll(/^(\d{6}) \S+ 0\t(.*)$/gm)].map(([, mode, path = '']) => ({
      mode,
      path
    }))
    expect(rows.length).toBeGreaterThan(20)
    for (const { mode, path } of rows) {
      const { mode: installed } = statSync(join(stage.project, 'node_modules/kas-harden', path))
      expect(installed & 0o111 ? '100755' : '100644', path).toBe(mode)
    }
  })

  it('is what publint and attw want', () => {
    const packages = join(stage.directory, 'source')
    expect(run(process.execPath, bin('publint'), packages, '--strict', '--pack', 'npm')).toContain('All good')
    run(process.execPath, bin('attw'), stage.tarball, '--profile', 'esm-only')
  })
})

describe('an installed kas-harden', () => {
  it.each([
    ['kas-harden', library],
    ['kas-harden/sbom', sbom]
  ])('%s exports what the sources export', (name, source) => {
    const names = runModule(`console.log(JSON.stringify(Object.keys(await import('${name}')).sort()))`)
    expect(JSON.parse(names)).toEqual(Object.keys(source).sort())
  })

  it('validates an SBOM with nothing but its own dependencies', () => {
    const document = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.7', version: 1 })
    const said = runModule(
      `import { validateSbom } from 'kas-harden/sbom'
       console.log(JSON.stringify([await validateSbom('${document}'), await validateSbom('${document}'.replace('1}', '"1"}'))]))`
    )
    const [good, bad] = JSON.parse(said) as string[][]
    expect(good).toEqual([])
    expect(bad).toHaveLength(1)
  })

  it('shows its help by npx', () => {
    expect(run('npx', '--no-install', 'kas-harden', '--help')).toContain(
      'Usage: kas-harden [options] [command]'
    )
    expect(run('npx', '--no-install', 'kas-harden', '--version').trim()).toBe(versionOf())
  })

  it('loads nothing but commander to show its help', () => {
    for (const argv of [['--help'], ['verify', '--help'], ['sbom', 'check', '--help'], ['--version']]) {
      const main = join(stage.lean, 'node_modules/kas-harden/dist/lib/cli/main.js')
      expect(run(process.execPath, main, ...argv)).not.toBe('')
    }
  })

  it('knows its catalogue, its controls and its recipes', () => {
    expect(run('npx', '--no-install', 'kas-harden', 'explain', 'CR 1.11')).toContain('Control login-lockout')
  })

  it('hides its inner modules', () => {
    expect(() => runModule("await import('kas-harden/dist/lib/base/io.js')")).toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED'
    )
  })

  describe('for an ordinary user, in a path with spaces', () => {
    ordinaryUserTests(() => stage)
  })

  describe('with TypeScript', () => {
    // One run of the compiler for all: it reads the declarations of every dependency, which takes its time.
    const files = new Map([
      [
        'types.ts',
        `import { loadCatalogue, openImage, nodeIo, plan, verify, type Plan, type Verification } from 'kas-harden'
         import { generateSbom, type Sbom } from 'kas-harden/sbom'
         export const names: readonly string[] = loadCatalogue().entries.map(({ id }) => id)
         export async function describe(path: string): Promise<Sbom> {
           return generateSbom(await openImage(path, nodeIo(process)))
         }
         export type Parts = [Plan, Verification, typeof plan, typeof verify]
         // @ts-expect-error an edition is a text
         loadCatalogue(2019)
        `
      ]
    ])
    let examples: readonly string[]

    beforeAll(() => {
      const readme = readFileSync(join(stage.project, 'node_modules/kas-harden/README.md'), 'utf8')
      const texts = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? '')
      for (const [index, text] of texts.entries()) files.set(`example-${index}.ts`, text)
      examples = [...files.keys()].filter((name) => name.startsWith('example-'))
      for (const [name, text] of files) writeFileSync(join(stage.project, name), text)
    })

    it('compiles in a strict project, declarations of dependencies included', { timeout: 300_000 }, () => {
      const options = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node']
      run(process.execPath, bin('tsc'), ...options, ...files.keys())
    })

    it("runs the README's example", () => {
      expect(examples).toHaveLength(1)
      const said = run(process.execPath, examples[0]!.replace('.ts', '.js'))
      expect(said).toMatch(/^\d+ requirements$/m)
      expect(said).toMatch(/^libpam-modules \(CR 1\.\d+\)$/m)
    })
  })
})

function versionOf(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}
