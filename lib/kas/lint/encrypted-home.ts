import type { LintRule } from './rule.ts'

/** Encryption without a partition of its own for people's data. */
export const encryptedHome: LintRule = {
  code: 'LINT_NO_ENCRYPTED_HOME',
  title: 'No encrypted partition for /home',
  severity: 'warning',
  requirement: ['CR 4.1'],
  why: "Without it /home shares /var, and CIP's own test of CR 4.1 finds no partition labelled home.",
  fix: 'Include kas/opt/separate-home-partition.yml of isar-cip-core.',
  find({ overrides, value, placeOf }) {
    if (!overrides.has('encrypt-partitions')) return []
    if (overrides.has('separate-home-part') || /(?:^|\s)home:/.test(value('CRYPT_PARTITIONS'))) return []
    return [
      {
        message: 'partitions are encrypted, but there is none for /home',
        at: placeOf('OVERRIDES', 'encrypt-partitions')
      }
    ]
  }
}
