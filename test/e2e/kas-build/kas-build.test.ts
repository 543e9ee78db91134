import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validateSbom } from '../../../sbom/index.ts'
import {
  artefact,
  buildArguments,
  builtBy,
  harden,
  leftBehind,
  logsOf,
  openWorkshop,
  packagesOf,
  type Built,
  type Workshop
} from './build.ts'
import { containerEngine, containersLeft, nativeEngine, type Engine } from './engines.ts'
import { changesIn, commitAll, makeProduct } from './product.ts'

const minutes = 60_000
let workshop: Workshop
const engines = new Map<string, Engine>()

beforeAll(() => {
  workshop = openWorkshop()
})
afterAll(() => {
  workshop.remove()
})

interface Skips {
  skip: (reason: string) => unknown
}

/** The engine, made ready when first needed, or the end of the test with the reason. */
function engineOr(context: Skips, name: string): Engine {
  const engine = engines.get(name) ?? (name === 'kas' ? nativeEngine() : containerEngine(workshop.isar))
  engines.set(name, engine)
  if (engine.missing !== undefined) context.skip(`${name} can't build here: ${engine.missing}`)
  return engine
}

describe.each(['kas', 'kas-container'])('a product on isar for SL-2 with %s', (name) => {
  let product: string
  let workDir: string
  let built: Built | undefined

  beforeAll(() => {
    product = makeProduct(join(workshop.directory, name, 'product'), workshop.isar)
    workDir = join(workshop.directory, name, 'work')
  })

  /** The image of the first test; what needs it fails with the first test's reason otherwise. */
  const image = () => {
    if (!built) throw new Error('the build before this test failed')
    return artefact(built, workshop.isar.real ? 'rootfs' : 'tar')
  }

  it(
    'builds the hardened image and leaves the repository as it was',
    async (context) => {
      const engine = engineOr(context, name)
      const run = await harden(workshop, engine, product, buildArguments(engine, workDir))
      built = builtBy(run)
      expect(changesIn(product)).toBe('')
      const packages = packagesOf(artefact(built, 'manifest'))
      expect(packages).toEqual(
        expect.arrayContaining(['auditd', 'kas-harden-ssh', 'kas-harden-site', 'product-info'])
      )
      for (const { path, kind } of built.artefacts) {
        if (kind !== 'rootfs') expect(`${kind} ${String(statSync(path).size > 0)}`).toBe(`${kind} true`)
      }
      // What people paste: the command as it ran.
      expect(run.stderr).toMatch(new RegExp(`note: cd .*KAS_WORK_DIR=.* ${name} .*build`))
      expect(logsOf(workDir)).toContain('and all succeeded.')
      expect(containersLeft()).toBe('')
    },
    30 * minutes
  )

  it(
    'gives an image whose packages and settings verify, and an SBOM of exactly its packages',
    async (context) => {
      const engine = engineOr(context, name)
      const target = ['--sl', '2', '--component', 'EDR', '--release', 'bookworm', '--json']
      const verified = await harden(workshop, engine, product, ['verify', image(), ...target])
      const { packages, checks } = JSON.parse(verified.stdout) as {
        packages: { name: string; status: string }[]
        checks: { id: string; status: string }[]
      }
      expect(packages.filter((one) => one.status !== 'pass')).toEqual([])
      const trouble = checks.filter((one) => one.status === 'fail' || one.status === 'unknown')
      // A root file system alone has no kernel and no boot loader, so nothing there is proven.
      expect(trouble.filter((one) => !/cmdline|kernel/.test(one.id))).toEqual([])

      const sbom = join(workDir, 'sbom.cdx.json')
      const described = await harden(workshop, engine, product, ['sbom', image(), '-o', sbom])
      expect(described.code).toBe(0)
      const text = readFileSync(sbom, 'utf8')
      expect(await validateSbom(text)).toEqual([])
      const { components } = JSON.parse(text) as { components: { name: string; purl?: string }[] }
      const names = components.filter((one) => one.purl && !one.purl.includes('arch=source'))
      expect(names.map((one) => one.name).sort()).toEqual(packagesOf(artefact(built!, 'manifest')).sort())
    },
    10 * minutes
  )

  it(
    'has nothing to do the second time',
    async (context) => {
      const engine = engineOr(context, name)
      const again = builtBy(await harden(workshop, engine, product, buildArguments(engine, workDir)))
      const summary = /Attempted (\d+) tasks of which (\d+) didn't need to be rerun and all succeeded/
      const [, attempted, kept] = summary.exec(readFileSync(again.log, 'utf8')) ?? []
      expect(kept).toBe(attempted)
      expect(again.artefacts.map((one) => one.path).sort()).toEqual(
        built?.artefacts.map((one) => one.path).sort()
      )
      expect(changesIn(product)).toBe('')
    },
    10 * minutes
  )

  it(
    'says which package is missing, exit code 4',
    async (context) => {
      const engine = engineOr(context, name)
      const wrong = `header:
  version: 23
  includes: [kas.yml]
build_system: isar-privileged
local_conf_header:
  wrong: |
    IMAGE_PREINSTALL:append = " no-such-package-xyz"
`
      const files = { 'wrong.yml': wrong }
      const project = makeProduct(join(workshop.directory, name, 'wrong'), workshop.isar, { files })
      const run = await harden(workshop, engine, project, buildArguments(engine, workDir, 'wrong.yml'))
      expect(run.code).toBe(4)
      expect(run.stderr).toContain('no-such-package-xyz')
      expect(run.stderr).not.toContain('[BUILD_FAILED]')
      expect(changesIn(project)).toBe('')
    },
    10 * minutes
  )

  it(
    'ends with everything it started when interrupted, and the next build works',
    async (context) => {
      const engine = engineOr(context, name)
      const place = join(workshop.directory, name, 'interrupted')
      // A state of its own, so that there is something to interrupt.
      const env = { SSTATE_DIR: join(workshop.directory, name, 'empty-state') }
      const abort = new AbortController()
      const running = harden(workshop, engine, product, buildArguments(engine, place), {
        env,
        signal: abort.signal
      })
      let over = false
      const ended = running.finally(() => (over = true))
      const busy = /task (?:do_rootfs_install|do_bootstrap): Started/
      while (!over && !busy.test(logsOf(place))) await new Promise((resolve) => setTimeout(resolve, 100))
      abort.abort()
      const run = await ended
      expect(`${run.code} ${run.stderr}`).toMatch(/^130 /)
      expect(containersLeft()).toBe('')
      expect(leftBehind(place)).toEqual([])
      builtBy(await harden(workshop, engine, product, buildArguments(engine, place)))
      expect(changesIn(product)).toBe('')
    },
    30 * minutes
  )
})

describe('both engines', () => {
  it('get the same configuration but for where the project lies', (context) => {
    engineOr(context, 'kas')
    engineOr(context, 'kas-container')
    const [native, container] = ['kas', 'kas-container'].map((name) => {
      const text = readFileSync(join(workshop.directory, name, 'work', '.config.yaml'), 'utf8')
      // Two projects with the same content, one per engine.
      return text.replaceAll(join(workshop.directory, name, 'product'), 'PRODUCT')
    })
    expect(native).toContain('_source_dir: PRODUCT\n')
    expect(container).toBe(native!.replace('_source_dir: PRODUCT\n', '_source_dir: /repo\n'))
  })

  it('build the same packages', (context) => {
    engineOr(context, 'kas')
    engineOr(context, 'kas-container')
    const [native, container] = ['kas', 'kas-container'].map((name) => {
      const images = join(workshop.directory, name, 'work/build/tmp/deploy/images/container-amd64')
      return readFileSync(join(images, 'isar-image-base-debian-bookworm-container-amd64.manifest'), 'utf8')
    })
    expect(container).toBe(native)
  })
})

describe('what a project may bring', () => {
  it(
    'an overlay that apply wrote is built as it stands',
    async (context) => {
      const engine = engineOr(context, 'kas')
      const product = makeProduct(join(workshop.directory, 'applied'), workshop.isar)
      expect((await harden(workshop, engine, product, ['apply', 'kas.yml'])).code).toBe(0)
      commitAll(product)
      const place = join(workshop.directory, 'applied-work')
      const built = builtBy(await harden(workshop, engine, product, buildArguments(engine, place)))
      expect(packagesOf(artefact(built, 'manifest'))).toContain('kas-harden-ssh')
      expect(readFileSync(join(place, '.config.yaml'), 'utf8')).toContain('kas-harden/harden.yml')
      expect(changesIn(product)).toBe('')
    },
    30 * minutes
  )

  it('an overlay with a recipe nobody provides is named, exit code 4', async (context) => {
    const engine = engineOr(context, 'kas')
    const product = makeProduct(join(workshop.directory, 'broken'), workshop.isar)
    expect((await harden(workshop, engine, product, ['apply', 'kas.yml'])).code).toBe(0)
    const overlay = join(product, 'kas-harden', 'harden.yml')
    writeFileSync(overlay, readFileSync(overlay, 'utf8').replace('kas-harden-ssh ', 'kas-harden-nothing '))
    commitAll(product)
    const place = join(workshop.directory, 'broken-work')
    const run = await harden(workshop, engine, product, buildArguments(engine, place))
    expect(run.code).toBe(4)
    expect(run.stderr).toContain('kas-harden-nothing')
    expect(run.stderr).not.toContain('[BUILD_FAILED]')
  })

  it(
    'the layout of isar 1.0 is found as well',
    async (context) => {
      const engine = engineOr(context, 'kas')
      const commit = workshop.isar.commits.withOldLayout
      if (commit === undefined) {
        context.skip('the real clone is built at one commit')
        return
      }
      const product = makeProduct(join(workshop.directory, 'old'), workshop.isar, { commit })
      const place = join(workshop.directory, 'old-work')
      const built = builtBy(await harden(workshop, engine, product, buildArguments(engine, place)))
      const folder = 'images/container-amd64/debian-bookworm-isar-image-base/container-amd64'
      expect(artefact(built, 'manifest')).toContain(`${folder}.manifest`)
      expect(artefact(built, 'tar')).toContain(`${folder}.tar.zst`)
    },
    10 * minutes
  )

  it('a docker client without its daemon does not hide podman', async (context) => {
    const engine = engineOr(context, 'kas-container')
    const tools = join(import.meta.dirname, '../../stand-ins/docker-without-daemon')
    const product = makeProduct(join(workshop.directory, 'two-clients'), workshop.isar)
    const dryRun = ['--work-dir', join(workshop.directory, 'two-clients-work'), '--', '-n']
    const run = await harden(workshop, engine, product, ['build', 'kas.yml', ...dryRun], {
      env: { PATH: `${tools}:${process.env['PATH'] ?? ''}` }
    })
    expect(`${run.code} ${run.stderr}`).toMatch(/^0 .*engine kas-container: podman .*docker: Cannot connect/)
  })
})
