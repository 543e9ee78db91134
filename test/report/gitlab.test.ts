import { describe, expect, it } from 'vitest'
import { gate } from '../../lib/assess/gate.ts'
import type { Finding } from '../../lib/base/finding.ts'
import {
  renderAnnotations,
  renderCodeQuality,
  renderDotenv,
  renderMetrics,
  type GitlabInput
} from '../../lib/report/gitlab.ts'
import { renderGitlabSbom } from '../../lib/report/gitlab-sbom.ts'
import { sample } from './fixture.ts'

const finding: Finding = {
  code: 'LINT_PASSWORD',
  severity: 'error',
  message: 'A known\u001b[31m password',
  path: '/repo/kas/product.yml',
  range: { line: 7, column: 3 }
}

function input(more: Partial<GitlabInput> = {}): GitlabInput {
  const report = sample()
  return {
    ...report,
    gate: gate(report.assessment),
    findings: [finding],
    root: '/repo',
    place: 'kas.yml',
    ...more
  }
}

interface Row {
  description: string
  fingerprint: string
  severity: string
  location: { path: string; lines: { begin: number } }
}
const quality = (more?: Partial<GitlabInput>) => JSON.parse(renderCodeQuality(input(more))) as Row[]

describe('code quality', () => {
  it('has a finding at its line, without control characters', () => {
    const [first] = quality()
    expect(first).toMatchObject({
      severity: 'critical',
      location: { path: 'kas/product.yml', lines: { begin: 7 } }
    })
    // eslint-disable-next-line no-control-regex
    expect(first?.description).not.toMatch(/[\u0000-\u001f]/)
  })

  it('keeps the fingerprint of a finding while its line moves, and has no two alike', () => {
    const moved = quality({ findings: [{ ...finding, range: { line: 90, column: 3 } }] })
    expect(moved[0]?.fingerprint).toBe(quality()[0]?.fingerprint)
    const all = quality({ findings: [finding, finding] }).map(({ fingerprint }) => fingerprint)
    expect(new Set(all).size).toBe(all.length)
  })

  it('shows every failed check of the image at the kas file that was built', () => {
    const { verification } = input()
    const failed = verification.checks.filter(({ status }) => status === 'fail')
    expect(failed.length).toBeGreaterThan(0)
    const rows = quality({ findings: [] })
    for (const one of failed) {
      const row = rows.find(({ description }) => description.includes(one.title))
      expect(row?.location.path).toBe('kas.yml')
    }
  })

  it('leaves out what lies outside of the repository', () => {
    const outside = { ...finding, path: '/etc/kas.yml' }
    expect(quality({ findings: [outside] }).some(({ location }) => location.path.includes('etc'))).toBe(false)
  })
})

describe('metrics, dotenv and annotations', () => {
  it('are OpenMetrics: a type before every family, a number on every line, an end', () => {
    const lines = renderMetrics(input()).trimEnd().split('\n')
    expect(lines.at(-1)).toBe('# EOF')
    const types = new Set<string>()
    for (const line of lines.slice(0, -1)) {
      const type = /^# TYPE (\w+) gauge$/.exec(line)?.[1]
      if (type) types.add(type)
      else expect(types).toContain(/^(\w+)(?:\{\w+="[\w-]+"\})? \d+$/.exec(line)?.[1])
    }
  })

  it('are lines GitLab takes as variables: no quotes, no blanks, at most 20', () => {
    const lines = renderDotenv(input()).trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(20)
    for (const line of lines) expect(line).toMatch(/^[A-Z_]+=[\w-]*$/)
    expect(lines).toContain('KAS_HARDEN_GATE=failed')
  })

  it('link to the report', () => {
    const link = { label: 'Hardening report', url: 'https://gitlab.example.com/x' }
    expect(JSON.parse(renderAnnotations([link]))).toEqual({ 'IEC 62443-4-2': [{ external_link: link }] })
  })
})

describe("the SBOM in GitLab's terms", () => {
  const plain = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { timestamp: '2026-01-01T00:00:00Z', properties: [{ name: 'x:y', value: 'z' }] },
    components: [{ type: 'library', name: 'dash', purl: 'pkg:deb/debian/dash@0.5.12-2' }]
  }
  const render = (source?: string, from: object = plain) =>
    JSON.parse(renderGitlabSbom(JSON.stringify(from), source)) as typeof plain

  it('has the version of the properties and the file to edit, and is else what it was', () => {
    const { metadata, ...rest } = render('kas.yml')
    expect(metadata.properties).toEqual([
      { name: 'x:y', value: 'z' },
      { name: 'gitlab:meta:schema_version', value: '1' },
      { name: 'gitlab:dependency_scanning:source_file:path', value: 'kas.yml' },
      { name: 'gitlab:dependency_scanning:package_manager:name', value: 'apt' }
    ])
    const { metadata: before, ...others } = plain
    expect(rest).toEqual(others)
    expect({ ...metadata, properties: before.properties }).toEqual(before)
  })

  it('names no file that lies outside, claims no container, and does it once', () => {
    const names = render(undefined).metadata.properties.map(({ name }) => name)
    expect(names).not.toContain('gitlab:dependency_scanning:source_file:path')
    expect(names.some((name) => name.startsWith('gitlab:container_scanning'))).toBe(false)
    expect(render('a.yml', render('a.yml'))).toEqual(render('a.yml'))
  })
})
