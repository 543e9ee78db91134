import { isActive } from './context.ts'
import type { LintRule } from './rule.ts'

/** A removal that takes away what hardening adds. */
export const removeBeatsAppend: LintRule = {
  code: 'LINT_REMOVE_BEATS_APPEND',
  title: 'A :remove takes away a package of the hardening',
  severity: 'error',
  requirement: ['CR 7.6'],
  why: 'BitBake applies :remove after every :append, so the package of our overlay never reaches the image.',
  fix: 'Take the package out of the :remove.',
  find: ({ parsed, overrides, ourPackages }) =>
    parsed.assignments
      .filter((one) => /^(?:IMAGE_PREINSTALL|IMAGE_INSTALL):remove(?::|$)/.test(one.name))
      .filter((one) => isActive(one, overrides))
      .flatMap((one) =>
        one.value
          .split(/\s+/)
          .filter((name) => ourPackages.has(name) || name.startsWith('kas-harden-'))
          .map((name) => {
            const requirement = ourPackages.get(name)
            const whose = requirement === undefined ? '' : `, which ${requirement} needs`
            return { message: `${one.name} takes away ${name}${whose}`, at: one.origin }
          })
      )
}
