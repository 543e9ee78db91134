import type { LintRule } from './rule.ts'

/** Test keys whose private halves everybody has. */
export const snakeoilKeys: LintRule = {
  code: 'LINT_SNAKEOIL_KEYS',
  title: 'Published test keys',
  severity: 'error',
  requirement: ['EDR 3.12', 'EDR 3.14 RE(1)', 'EDR 3.10 RE(1)'],
  why: 'The private keys are published: anybody can sign what the device boots or installs.',
  fix: 'Provide keys of your own: PREFERRED_PROVIDER_secure-boot-secrets and swupdate-certificates in a later file.',
  find: ({ effective, placeOf }) =>
    [...effective.conf.variables]
      // The firmware of QEMU with its test keys never reaches a device.
      .filter(([name]) => !name.startsWith('DISTRO_APT_') && /^[A-Z]/.test(name))
      .flatMap(([name, variable]) => {
        const word = /[\w.+-]*snakeoil[\w.+-]*/i.exec(variable.value ?? '')?.[0]
        if (word === undefined) return []
        const update = /swu/i.test(`${name} ${word}`)
        const requirement = update ? ['EDR 3.10 RE(1)'] : ['EDR 3.12', 'EDR 3.14 RE(1)']
        const message = `${name} takes the published test keys of ${word}`
        return [{ message, at: placeOf(name, word), requirement }]
      })
}
