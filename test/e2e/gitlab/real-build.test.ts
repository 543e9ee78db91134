import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validateSbom } from '../../../sbom/index.ts'
import { including, pipelineProject, type PipelineProject } from './pipeline.ts'

const root = join(import.meta.dirname, '../../..')
const example = (name: string) => readFileSync(join(root, 'examples/qemu-amd64', name), 'utf8')

/** The example with a key of this run for each person. */
function configuration(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-key-'))
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'op@example.org',
    '-f',
    join(directory, 'key')
  ])
  const key = readFileSync(join(directory, 'key.pub'), 'utf8').trim()
  rmSync(directory, { recursive: true })
  return example('kas-harden.yml').replace(
    /^( *)role: \w+$/gm,
    (line, indent: string) => `${line}\n${indent}sshKey: ${key}`
  )
}

describe('the component with a real build by the embedded engine', () => {
  let project: PipelineProject
  let ran: Awaited<ReturnType<PipelineProject['run']>>
  beforeAll(async () => {
    const inputs = {
      chain: 'kas.yml',
      engine: 'mmdebstrap',
      command: `${process.execPath} ${join(root, 'dist/lib/cli/main.js')}`
    }
    project = pipelineProject(including(inputs), {
      'kas.yml': example('kas.yml'),
      'kas-harden.yml': configuration()
    })
    ran = await project.run()
  })
  afterAll(() => {
    project.remove()
  })
  const artifact = (path: string) => {
    const [text, ...more] = project.artifacts(`kas-harden-result/${path}`)
    expect(more).toEqual([])
    return text ?? ''
  }

  it('passes its gate', () => {
    expect(ran.jobs, ran.output).toEqual(['PASS'])
  })

  it('leaves what GitLab shows, made from one image', async () => {
    const sbom = JSON.parse(artifact('sbom.cdx.json')) as { components: unknown[] }
    const packages = Number(/^kas_harden_packages (\d+)$/m.exec(artifact('report/metrics.txt'))?.[1])
    expect(packages).toBeGreaterThan(100)
    expect(sbom.components.length).toBeGreaterThan(packages)
    expect(artifact('report/kas-harden.env')).toContain('KAS_HARDEN_GATE=passed\nKAS_HARDEN_SL_AIMED=2\n')
    const ours = artifact('report/gl-sbom.cdx.json')
    expect(await validateSbom(ours)).toEqual([])
    const { metadata, components } = JSON.parse(ours) as {
      metadata: { properties: { name: string; value: string }[] }
      components: unknown[]
    }
    expect(components).toEqual(sbom.components)
    expect(metadata.properties).toEqual(
      expect.arrayContaining([
        { name: 'gitlab:meta:schema_version', value: '1' },
        { name: 'gitlab:dependency_scanning:source_file:path', value: 'kas.yml' }
      ])
    )
    expect(artifact('report/junit.xml')).toContain('classname="IEC 62443-4-2 CR 1.11"')
    expect(artifact('report/report.html')).toContain('CR 1.11')
    const findings = JSON.parse(artifact('report/gl-code-quality-report.json')) as {
      location: { path: string }
    }[]
    expect(findings.every(({ location }) => location.path === 'kas.yml')).toBe(true)
  })
})
