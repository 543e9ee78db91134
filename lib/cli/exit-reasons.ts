/** Exit codes a verb has reasons of its own for; 0, 2 for a wrong command line, 70 and 130 belong to all. */
export type OwnExit = 1 | 2 | 3 | 4 | 5

const reading = {
  2: 'the image, kas-harden.yml or the target is missing or not understood',
  3: 'a tool that reads this form of image is missing, or the temporary directory is full'
} as const

const project = 'the kas project, kas-harden.yml or the target is missing or not understood'
const cannotWrite = 'the place is read-only or full, or another kas-harden works on the project'

/**
 * When a verb ends with which code, in words: docs/exit-codes.md and the manual page print it, and
 * test/cli/exit-codes.test.ts has a command for each.
 */
export const exitReasons: Readonly<Record<string, Readonly<Partial<Record<OwnExit, string>>>>> = {
  plan: { 2: `${project}, or there is no plan that lets somebody in` },
  apply: {
    1: 'with --check: the project is not up to date',
    2: `${project}, or a file of ours was changed by hand`,
    3: cannotWrite
  },
  remove: {
    1: 'with --check: there is something to remove',
    2: 'a kas file is missing or not understood',
    3: cannotWrite
  },
  build: {
    2: `${project}, or it holds what only isar can build`,
    3: 'no engine works here, or no mirror answers, or the disk is full',
    4: 'the build failed'
  },
  doctor: { 2: 'the kas project is missing or not understood', 3: 'nothing on this machine can build' },
  sbom: {
    1: 'with --compare: packages differ; with --validate: the document is not valid',
    2: 'the image is missing, no image or holds no dpkg status',
    3: 'a tool that reads this form of image is missing, or the output can not be written'
  },
  'sbom check': { 1: 'with --fail-under: fewer of the required fields are filled', 2: 'no CycloneDX JSON' },
  'sbom diff': { 1: 'the documents differ', 2: 'no CycloneDX JSON' },
  verify: { 1: 'the gate did not pass', ...reading },
  gaps: reading,
  report: {
    1: 'the gate did not pass; the reports are written',
    2: reading[2],
    3: 'a tool that reads this form of image is missing, or the output can not be written'
  },
  run: {
    1: 'the gate did not pass; image, SBOM and reports are written',
    2: `${project}, or it holds what only isar can build`,
    3: 'no engine works here, or no mirror answers, or the disk is full',
    4: 'the build failed',
    5: 'with --boot: what was built did not come up'
  },
  lint: { 1: 'a finding is an error', 2: 'a kas file is missing or not understood' },
  packages: { 2: 'there is no target or no release' },
  catalogue: { 2: 'a component type, level or edition is none' },
  explain: { 2: 'there is no such requirement' },
  'ci init': {
    1: 'with --check: something would be written',
    2: '.gitlab-ci.yml can not be edited safely',
    3: 'the place is read-only or full'
  },
  'ci generate': {
    1: 'with --check: the output is not what kas-harden.yml makes now',
    2: 'kas-harden.yml names no boards, or is missing or not understood'
  },
  'ci summary': {
    1: "a board's gate did not pass, or its report is missing"
  },
  'ci requirements': { 2: 'there is no target' },
  completion: { 2: 'there is no script for that shell' }
}

/** What is no verb of its own: it only has verbs below it. */
export const groups: readonly string[] = ['ci']
