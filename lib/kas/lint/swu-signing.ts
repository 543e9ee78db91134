import type { LintRule } from './rule.ts'

/** Update files that nobody has to sign. */
export const swuSigning: LintRule = {
  code: 'LINT_SWU_UNSIGNED',
  title: 'Update files are not signed',
  severity: 'error',
  requirement: ['EDR 3.10 RE(1)', 'CR 3.4 RE(1)'],
  why: 'Without SWU_SIGNED, SWUpdate is built without the check of signatures and installs whatever it is given.',
  fix: 'Set SWU_SIGNED = "1" and provide keys of your own.',
  find({ variable, value, originOf }) {
    const signed = variable('SWU_SIGNED')
    if (signed?.value !== undefined) {
      const off = /^(?:|0|n|no|f|false)$/i.test(signed.value.trim())
      return off ? [{ message: 'SWU_SIGNED is off', at: originOf('SWU_SIGNED') }] : []
    }
    const makesUpdates = value('IMAGE_FSTYPES').split(/\s+/).includes('swu')
    // isar-cip-core's own option switches it on; its class alone does not.
    if (!makesUpdates || value('CIP_IMAGE_OPTIONS').includes('swupdate.inc')) return []
    const message = 'the image makes .swu files, and nothing in these files sets SWU_SIGNED'
    return [{ message, at: originOf('IMAGE_FSTYPES'), severity: 'warning' }]
  }
}
