import type { LintRule } from './rule.ts'

/** A word whose meaning kas will change. */
export const plainBuildSystem: LintRule = {
  code: 'LINT_PLAIN_BUILD_SYSTEM',
  title: 'build_system: isar',
  severity: 'info',
  requirement: [],
  why: 'kas since 5.4 warns: it may mean isar-rootless one day, and a build would run with other rights.',
  fix: 'Write `build_system: isar-privileged` and `version: 23`, once everybody has kas 5.4.',
  find({ project }) {
    const at = project.placeOf(['build_system'])
    return project.buildSystem === 'isar' && at ? [{ message: 'kas warns of plain `isar`', at }] : []
  }
}
