import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../lib/base/finding.ts'
import { lint } from '../../lib/kas/lint/lint.ts'
import { lintRules } from '../../lib/kas/lint/rules.ts'
import { readKasProject } from '../../lib/kas/project.ts'
import { clone } from './clones.ts'
import { plantTree, type Tree } from './project-tree.ts'

const fixtures = join(import.meta.dirname, '../fixtures/kas/lint')
const ours = new Map([['auditd', 'CR 2.8']])

async function findings(root: string, chain = 'kas.yml', env = {}): Promise<readonly Finding[]> {
  return lint(await readKasProject(chain, { cwd: root, env }), ours)
}

/** A copy outside our own git work tree, which kas would take for the project's. */
function copyOf(fixture: string): string {
  const root = plantTree({ '.git': '' })
  cpSync(fixture, root, { recursive: true })
  return root
}

describe.each(lintRules.map((rule) => [rule.code] as const))('%s', (code) => {
  it('finds every line of the bad project and nothing else there', async () => {
    const root = copyOf(join(fixtures, code, 'bad'))
    const expected = readFileSync(join(root, 'expected'), 'utf8').trim().split('\n')
    const found = (await findings(root)).filter((one) => one.code === code)
    expect(found.map((one) => `${relative(root, one.path ?? '')}:${one.range?.line ?? 0}`)).toEqual(expected)
    for (const one of found) expect(one.hint).toMatch(/\w/)
  })

  it('is silent in the good one', async () => {
    const found = await findings(copyOf(join(fixtures, code, 'good')))
    expect(found.filter((one) => one.code === code || one.code === 'LINT_UNKNOWN')).toEqual([])
  })
})

describe('lint', () => {
  it('has a pair of fixtures for every rule, and none without a rule', () => {
    expect(readdirSync(fixtures).sort()).toEqual(lintRules.map((rule) => rule.code).sort())
  })

  it('says which files nobody could look into', async () => {
    const tree: Tree = {
      '.git': '',
      'kas.yml':
        'header:\n  version: 14\n  includes:\n    - repo: base\n      file: kas.yml\nrepos:\n  base:\n    url: https://git.example.org/base.git\n'
    }
    const found = (await findings(plantTree(tree))).filter((one) => one.code === 'LINT_NOT_READ')
    expect(found.map((one) => one.severity)).toEqual(['warning', 'info'])
  })

  it('reports a rule that fails, instead of a clean project', async () => {
    const root = copyOf(join(fixtures, 'LINT_KNOWN_PASSWORD', 'good'))
    const project = await readKasProject('kas.yml', { cwd: root, env: {} })
    const broken = {
      ...lintRules[0]!,
      find: () => {
        throw new Error('no luck')
      }
    }
    expect(lint(project, ours, [broken])[0]?.message).toContain('could not look: no luck')
  })

  it('finds the traps of isar-cip-core in its own clone', async () => {
    const root = clone('KAS_HARDEN_TEST_CIP')
    if (root === undefined) return
    const security = existsSync(join(root, 'kas/opt/encrypt-data.yml'))
    expect(security).toBe(true)
    const found = await findings(root, 'kas-cip.yml:kas/board/bbb.yml:kas/opt/security.yml')
    const codes = new Set(found.map((one) => one.code))
    for (const code of [
      'KNOWN_PASSWORD',
      'SNAKEOIL_KEYS',
      'BOARD_CANNOT',
      'CLIENT_ALIVE_COUNT',
      'NO_ENCRYPTED_HOME'
    ]) {
      expect(codes).toContain(`LINT_${code}`)
    }
  })
})
