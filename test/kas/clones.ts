import { existsSync } from 'node:fs'

/** Clones of real projects and the environment variable that names each. */
export const clones = [
  { name: 'ilbers/isar', variable: 'KAS_HARDEN_TEST_ISAR' },
  { name: 'isar-cip-core', variable: 'KAS_HARDEN_TEST_CIP' },
  { name: 'siemens/meta-iot2050', variable: 'KAS_HARDEN_TEST_IOT2050' }
] as const

/** Directory of a clone, or undefined and a line that says why these tests did nothing. */
export function clone(variable: (typeof clones)[number]['variable']): string | undefined {
  const path = process.env[variable]
  if (path !== undefined && path !== '' && existsSync(path)) return path
  process.stderr.write(`${variable} names no clone: the tests against this project did not run\n`)
  return undefined
}
