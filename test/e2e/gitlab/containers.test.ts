import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validateSbom } from '../../../sbom/index.ts'
import { copyOfState, openWorkshop, type Workshop } from '../kas-build/build.ts'
import { containerEngine, type Engine } from '../kas-build/engines.ts'
import { makeProduct } from '../kas-build/product.ts'
import { including, pipelineOf, type PipelineProject, type PipelineRun } from './pipeline.ts'

/**
 * The jobs for docker runners, each in a container of its own: kas 5.5 in one image, Node in the other. podman takes
 * the place of docker, and the stand-in that of isar. It runs only when it is asked for: the images take minutes.
 */
const asked = process.env['KAS_HARDEN_TEST_CONTAINERS'] === '1'
const root = join(import.meta.dirname, '../../..')

describe('the component on docker runners', () => {
  let workshop: Workshop
  let engine: Engine
  let project: PipelineProject
  let ran: PipelineRun
  beforeAll(async () => {
    if (!asked) return
    workshop = openWorkshop()
    engine =
      process.getuid?.() === 0
        ? containerEngine(workshop.isar)
        : {
            name: 'kas-container',
            missing: 'gitlab-ci-local calls podman itself, and root has the images',
            env: {}
          }
    if (engine.missing !== undefined) return
    const node = join(root, 'test/stand-ins/node-image/make-image')
    const image = execFileSync(node, { encoding: 'utf8' }).trim()
    const cache = join(workshop.directory, 'cache')
    copyOfState(workshop, join(cache, 'sstate'))
    mkdirSync(join(cache, 'downloads'))
    // The user of the image with kas is none of this machine's, and git takes repositories of its own user only.
    spawnSync('chown', ['--recursive', '30000:30000', cache, workshop.isar.references])
    const inputs = {
      chain: 'kas.yml',
      executor: 'docker',
      image,
      build_image: engine.env['KAS_CONTAINER_IMAGE'],
      cache_directory: '/cache',
      command: 'node /opt/kas-harden/dist/lib/cli/main.js'
    }
    const directory = makeProduct(join(workshop.directory, 'product'), workshop.isar)
    project = pipelineOf(directory, including(inputs))
    const parts = ['dist', 'node_modules', 'recipes', 'kas-overlays', 'package.json']
    ran = await project.inContainers({
      helper: image,
      volumes: [
        ...parts.map((part) => `${realpathSync(join(root, part))}:/opt/kas-harden/${part}:ro`),
        `${workshop.isar.references}:/references:ro`,
        `${cache}:/cache`
      ],
      variables: { KAS_REPO_REF_DIR: '/references', GITLAB_CI: 'true' },
      env: engine.env
    })
  })
  afterAll(() => {
    if (!asked) return
    // gitlab-ci-local leaves its volumes, and containers with them.
    const volumes = execFileSync('podman', ['volume', 'ls', '--quiet'], { encoding: 'utf8' }).split('\n')
    for (const volume of volumes.filter((name) => name.startsWith('gcl-kas-harden')))
      spawnSync('podman', ['volume', 'rm', '--force', volume])
    workshop.remove()
  })

  it('fetches layers, plans, builds and verifies, each job in its own image', (context) => {
    if (!asked)
      return context.skip('KAS_HARDEN_TEST_CONTAINERS=1 asks for it: two container images are made first')
    if (engine.missing !== undefined) return context.skip(`no containers here: ${engine.missing}`)
    const ends = Object.fromEntries(ran.ended)
    for (const step of ['checkout', 'plan', 'build']) {
      expect(ends[`kas-harden:${step}: [-,2]`], ran.output).toBe('PASS')
    }
    // The stand-in has neither kernel nor boot loader, so that a gate can't pass.
    expect(ends['kas-harden:verify: [-,2]']).toBe('FAIL')
    expect(ran.output).toMatch(/gate: /)
    // The plan saw the layers that the job before it fetched.
    expect(ran.output).not.toMatch(/not checked out|UNRESOLVED/)
  })

  it('leaves reports and an SBOM of the image that the plan was for', async (context) => {
    if (!asked || engine.missing !== undefined) return context.skip('see above')
    const [sbom = ''] = project.artifacts('kas-harden-result/sbom.cdx.json')
    expect(await validateSbom(sbom)).toEqual([])
    expect(sbom).toContain('kas-harden-ssh')
    const [gitlab = ''] = project.artifacts('kas-harden-result/report/gl-sbom.cdx.json')
    expect(gitlab).toContain('"gitlab:meta:schema_version"')
    expect(project.artifacts('kas-harden-result/report/junit.xml')).toHaveLength(1)
  })
})
