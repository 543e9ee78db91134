import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bitbakeVersion } from './context.ts'
import type { LintRule } from './rule.ts'

/** An isar that does not write an SBOM yet. */
export const isarTooOld: LintRule = {
  code: 'LINT_ISAR_WITHOUT_SBOM',
  title: 'isar is too old for its SBOM',
  severity: 'warning',
  requirement: ['CR 7.8', 'CCSC 4'],
  why: 'isar writes CycloneDX and SPDX since December 2025 (in v1.0); without it an image has no inventory from its build.',
  fix: 'Take isar v1.0 or newer, or describe the image with `kas-harden sbom`.',
  find({ isar, project }) {
    if (!isar) return []
    const at = project.placeOf(['repos', isar.key]) ?? { path: project.chainFiles[0] ?? 'kas', line: 1 }
    const version = [isar.branch, tagOf(project, isar.key)].find((name) =>
      /^(?:refs\/tags\/)?v0\./.test(name ?? '')
    )
    if (version !== undefined) return [{ message: `isar ${version} writes no SBOM`, at }]
    if (bitbakeVersion(isar) === undefined) return []
    return makesSboms(isar.path) ? [] : [{ message: 'the isar that is checked out writes no SBOM', at }]
  }
}

function tagOf(project: Parameters<LintRule['find']>[0]['project'], key: string): string | undefined {
  const repo = (project.config['repos'] as Record<string, Record<string, unknown> | null> | undefined)?.[key]
  return typeof repo?.['tag'] === 'string' ? repo['tag'] : undefined
}

function makesSboms(isar: string): boolean {
  return ['classes', 'classes-recipe'].some((name) => {
    const folder = join(isar, 'meta', name)
    if (!existsSync(folder)) return false
    return readdirSync(folder)
      .filter((file) => file.endsWith('.bbclass'))
      .some((file) => readFileSync(join(folder, file), 'utf8').includes('generate-sbom'))
  })
}
