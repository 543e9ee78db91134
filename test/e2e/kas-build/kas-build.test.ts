import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missesOf } from '../../schema.ts'
import { validateSbom } from '../../../sbom/index.ts'
import {
  artefact,
  buildArguments,
  builtBy,
  copyOfState,
  harden,
  leftBehind,
  logsOf,
  openWorkshop,
  packagesOf,
  type Built,
  type Workshop
} from './build.ts'
import { containerEngine, containersLeft, nativeEngine, type Engine } from './engines.ts'
import { changesIn, commitAll, makeProduct, productInfo } from './product.ts'

const minutes = 60_000
let workshop: Workshop
const engines = new Map<string, Engine>()
/** `.config.yaml` of each engine's first build. */
const configs = new Map<string, string>()

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

/** What a run says it made. */
interface Made {
  image: string
  sbom: string
  log: string
}

function madeByJson(stdout: string): Made {
  expect(missesOf('run', stdout)).toBe('')
  return JSON.parse(stdout) as Made
}

function madeByText(stdout: string): Made {
  const path = (name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(stdout)?.[1] ?? ''
  return { image: path('Image'), sbom: path('SBOM'), log: path('Log') }
}

describe.each(['kas', 'kas-container'])('a product on isar for SL-2 with %s', (name) => {
  let product: string
  let workDir: string
  let built: Built | undefined

  beforeAll(() => {
    product = makeProduct(join(workshop.directory, name, 'product'), workshop.isar)
    workDir = join(workshop.directory, name, 'work')
  })

  it(
    'builds the hardened image and leaves the repository as it was',
    async (context) => {
      const engine = engineOr(context, name)
      const run = await harden(workshop, engine, product, buildArguments(engine, workDir))
      built = builtBy(run)
      configs.set(name, readFileSync(join(workDir, '.config.yaml'), 'utf8'))
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
    'run has nothing to build the second time, and describes, verifies and reports the image',
    async (context) => {
      const engine = engineOr(context, name)
      const image = artefact(built!, workshop.isar.real ? 'rootfs' : 'tar')
      const output = join(workshop.directory, name, 'result')
      // Machines and people read the same: one engine is asked for each.
      const json = name === 'kas' ? ['--json'] : []
      const words = ['run', 'kas.yml', '--engine', name, '--work-dir', workDir, '-o', output, ...json]
      const run = await harden(workshop, engine, product, words)
      // The gate: what has to be seen on a running system, and a kernel, are not in a root file system.
      expect(`${run.code} ${run.stderr}`).toMatch(/^1 /)
      const said = name === 'kas' ? madeByJson(run.stdout) : madeByText(run.stdout)
      expect(said.image).toBe(image)
      const summary = /Attempted (\d+) tasks of which (\d+) didn't need to be rerun and all succeeded/
      const [, attempted, kept] = summary.exec(readFileSync(said.log, 'utf8')) ?? []
      expect(kept).toBe(attempted)
      expect(changesIn(product)).toBe('')

      const assessment = readFileSync(join(output, 'report', 'assessment.json'), 'utf8')
      const { packages, checks } = JSON.parse(assessment) as {
        packages: { name: string; status: string }[]
        checks: { id: string; status: string }[]
      }
      expect(packages.filter((one) => one.status !== 'pass')).toEqual([])
      const failed = checks.filter((one) => one.status === 'fail')
      expect(failed.filter((one) => !/cmdline|kernel/.test(one.id))).toEqual([])

      const text = readFileSync(said.sbom, 'utf8')
      expect(await validateSbom(text)).toEqual([])
      const { components } = JSON.parse(text) as { components: { name: string; purl?: string }[] }
      const names = components.filter((one) => one.purl && !one.purl.includes('arch=source'))
      expect(names.map((one) => one.name).sort()).toEqual(packagesOf(artefact(built!, 'manifest')).sort())
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
      // A package nobody has built before, so that there is something to interrupt; nobody needs its image later.
      const files = { [productInfo]: `${workshop.directory} ${name}\n` }
      const project = makeProduct(join(workshop.directory, name, 'other'), workshop.isar, { files })
      const env = { SSTATE_DIR: copyOfState(workshop, join(workshop.directory, name, 'state')) }
      const abort = new AbortController()
      const words = [...buildArguments(engine, place), '--sl', '1']
      const running = harden(workshop, engine, project, words, { env, signal: abort.signal })
      let over = false
      const ended = running.finally(() => (over = true))
      const busy = /isar-image-base\S*: task do_rootfs_install: Started/
      while (!over && !busy.test(logsOf(place))) await new Promise((resolve) => setTimeout(resolve, 100))
      abort.abort()
      const run = await ended
      expect(`${run.code} ${run.stderr}`).toMatch(/^130 /)
      expect(containersLeft()).toBe('')
      expect(leftBehind(place)).toEqual([])
      const after = builtBy(await harden(workshop, engine, project, words, { env }))
      expect(packagesOf(artefact(after, 'manifest'))).toContain('product-info')
      expect(changesIn(project)).toBe('')
    },
    30 * minutes
  )
})

describe('both engines', () => {
  it('get the same configuration but for where the project lies', (context) => {
    engineOr(context, 'kas')
    engineOr(context, 'kas-container')
    const [native, container] = ['kas', 'kas-container'].map((name) => {
      const text = configs.get(name) ?? ''
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
})
