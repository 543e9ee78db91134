import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../run-cli.ts'
import { harden, openWorkshop, type Workshop } from './build.ts'
import { containerEngine, nativeEngine, type Engine } from './engines.ts'
import { changesIn, commitAll, makeProduct } from './product.ts'

/** What the real kas makes of a project, up to the tasks it would run: `bitbake -n`. */

let workshop: Workshop
let kas: Engine

beforeAll(() => {
  workshop = openWorkshop()
  kas = nativeEngine()
})
afterAll(() => {
  workshop.remove()
})

interface Skips {
  skip: (reason: string) => unknown
}

function needs(engine: Engine, context: Skips): Engine {
  if (engine.missing !== undefined) context.skip(`${engine.name} can't build here: ${engine.missing}`)
  return engine
}

/** A build of a product below the workshop that ends before the first task. */
async function dryRun(name: string, argv: readonly string[], engine = kas, env: Record<string, string> = {}) {
  const place = join(workshop.directory, `${name}-work`)
  const more = ['--work-dir', place, '--', '-n']
  const run = await harden(workshop, engine, join(workshop.directory, name), [...argv, ...more], { env })
  return { ...run, config: () => readFileSync(join(place, '.config.yaml'), 'utf8') }
}

function product(name: string, files: Readonly<Record<string, string>> = {}): string {
  return makeProduct(join(workshop.directory, name), workshop.isar, { files })
}

/** What an answer lacks of its published schema; empty when it has all. */
function missesOf(schemaName: string, answer: string): string {
  const path = new URL(`../../../schemas/${schemaName}.schema.json`, import.meta.url)
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object)
  return validate(JSON.parse(answer)) ? '' : ajv.errorsText(validate.errors)
}

describe('several boards', () => {
  it('are built in turn: one that fails does not hide the other, and decides the exit code', async (context) => {
    needs(kas, context)
    const board = 'header: {version: 23}\nmachine: no-such-machine\n'
    const project = product('boards', { 'kas/board/broken.yml': board })
    const boards = ['--board', 'broken,container-amd64', '--release', 'bookworm', '--json']
    const run = await dryRun('boards', ['build', 'kas.yml', '--engine', 'kas', ...boards])
    expect(`${run.code} ${run.stderr}`).toMatch(/^4 /)
    expect(run.stderr).toMatch(/board broken \(1 of 2\)[^]*board container-amd64 \(2 of 2\)/)
    expect(run.stderr).toMatch(/broken +failed: .*\n.*container-amd64 +built, 0 artefacts/)
    const answer = JSON.parse(run.stdout) as {
      boards: { board: string; machine?: string; error?: { kind: string } }[]
    }
    expect(missesOf('build', run.stdout)).toBe('')
    expect(answer.boards).toMatchObject([
      { board: 'broken', error: { kind: 'build' } },
      { board: 'container-amd64', machine: 'container-amd64', target: { securityLevel: 2 } }
    ])
    expect(changesIn(project)).toBe('')
  })
})

describe('an overlay that apply wrote', () => {
  it('for another target than the one asked for is refused before anything is built', async (context) => {
    needs(kas, context)
    const project = product('differs')
    expect((await harden(workshop, kas, project, ['apply', 'kas.yml'])).code).toBe(0)
    commitAll(project)
    const build = ['build', 'kas.yml', '--engine', 'kas']
    const other = await dryRun('differs', [...build, '--sl', '1'])
    expect(other.code).toBe(2)
    expect(other.stderr).toContain('[OVERLAY_DIFFERS]')
    expect(other.stderr).not.toMatch(/KAS_WORK_DIR=\S+ kas build/)
    const same = await dryRun('differs', [...build, '--sl', '2', '--component', 'EDR'])
    expect(`${same.code} ${same.stderr}`).toMatch(/^0 [^]*it is built as it stands/)
    expect(same.config()).toContain('kas-harden/harden.yml')
  })

  it('with a recipe nobody provides: the recipe is named, exit code 4', async (context) => {
    needs(kas, context)
    const project = product('broken')
    expect((await harden(workshop, kas, project, ['apply', 'kas.yml'])).code).toBe(0)
    const overlay = join(project, 'kas-harden', 'harden.yml')
    writeFileSync(overlay, readFileSync(overlay, 'utf8').replace('kas-harden-ssh ', 'kas-harden-nothing '))
    commitAll(project)
    const run = await dryRun('broken', ['build', 'kas.yml', '--engine', 'kas'])
    expect(run.code).toBe(4)
    expect(run.stderr).toContain('kas-harden-nothing')
    expect(run.stderr).not.toContain('[BUILD_FAILED]')
  })
})

describe('the engine', () => {
  it('of kas-harden.yml is the one of build, run and doctor', async (context) => {
    needs(kas, context)
    const settings = readFileSync(join(product('configured'), 'kas-harden.yml'), 'utf8')
    writeFileSync(join(workshop.directory, 'configured', 'kas-harden.yml'), `engine: kas\n${settings}`)
    const built = await dryRun('configured', ['build', 'kas.yml'])
    expect(`${built.code} ${built.stderr}`).toMatch(/^0 [^]*engine kas: engine of kas-harden.yml\n/)
    // As root apt inside bubblewrap has no other user to change to.
    expect(built.config().includes('zz-kas-harden-root')).toBe(process.getuid?.() === 0)

    const project = join(workshop.directory, 'configured')
    const run = await harden(workshop, kas, project, ['run', 'kas.yml', '--example-key'])
    expect(`${run.code} ${run.stderr}`).toMatch(/^2 [^]*--example-key belongs to the embedded engine/)
    const doctor = await runCli(project, ['doctor', 'kas.yml', '--json'])
    expect(missesOf('doctor', doctor.stdout)).toBe('')
    expect(JSON.parse(doctor.stdout)).toMatchObject({ chosen: { engine: 'kas' } })
  })

  it('doctor without an engine says why none works, in its published form', async () => {
    const { code, stdout } = await runCli(workshop.directory, ['doctor', '--json'], { PATH: '/nonexistent' })
    expect(missesOf('doctor', stdout)).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({ usable: [] })
    expect(code).toBe(3)
  })

  it('kas-container takes podman where only a docker client without its daemon is in the way', async (context) => {
    const container = needs(containerEngine(workshop.isar), context)
    const tools = join(import.meta.dirname, '../../stand-ins/docker-without-daemon')
    product('two-clients')
    const path = { PATH: `${tools}:${process.env['PATH'] ?? ''}` }
    const run = await dryRun('two-clients', ['build', 'kas.yml'], container, path)
    expect(`${run.code} ${run.stderr}`).toMatch(
      /^0 [^]*engine kas-container: podman .*docker: Cannot connect/
    )
  })
})

describe('packages of a former day', () => {
  it('are said to be that, with the line that asks for them', async (context) => {
    needs(kas, context)
    const more = `header: {version: 23, includes: [kas.yml]}
build_system: isar-privileged
local_conf_header:
  snapshot: |
    ISAR_USE_APT_SNAPSHOT = "1"
    ISAR_APT_SNAPSHOT_TIMESTAMP = "1767225600"
`
    product('snapshot', { 'snapshot.yml': more })
    const run = await dryRun('snapshot', ['build', 'snapshot.yml', '--engine', 'kas'])
    expect(`${run.code} ${run.stderr}`).toMatch(
      /^0 [^]*snapshot.debian.org as of 20260101T000000Z \(snapshot.yml:5\)/
    )
  })
})
