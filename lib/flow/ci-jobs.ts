import type { ProjectConfig } from '../config/config.ts'

/** One job of a fleet's pipeline: a board at a level. */
export interface FleetJob {
  board: string
  /** Names its folder and its row in the summary: `gate-x.2`. */
  result: string
  chain: string
  /** Set as KAS_MACHINE where the board is no kas file of the project. */
  machine?: string
  securityLevel: number
  components: readonly string[]
  tags?: readonly string[]
  timeout?: string
  /** Names of jobs that go first. */
  needs: readonly string[]
  variables: Readonly<Record<string, string>>
}

/** What is the same for all jobs. */
export interface FleetSettings {
  command: string
  engine?: string
  image?: string
  gate: 'enforce' | 'warn'
  tags?: readonly string[]
  timeout?: string
  variables: Readonly<Record<string, string>>
}

/** How kas-harden is called where nothing else is said; the same as in templates/kas-harden/template.yml. */
export const defaultCommand = 'npx --yes kas-harden@0.1'

/** The settings of kas-harden.yml that all jobs share. */
export function settingsOf({ ci, engine }: ProjectConfig): FleetSettings {
  return {
    command: ci?.command ?? defaultCommand,
    engine,
    image: ci?.image,
    gate: ci?.gate ?? 'enforce',
    tags: ci?.tags,
    timeout: ci?.timeout,
    variables: ci?.variables ?? {}
  }
}

/** `kas-harden: [gate-x, 2]`: GitLab shows jobs of that form as a group, as it does those of a matrix. */
export function jobName({ board, securityLevel }: Pick<FleetJob, 'board' | 'securityLevel'>): string {
  return `kas-harden: [${board}, ${securityLevel}]`
}

/** A board's job in GitLab's terms; `.kas-harden` holds what all have in common. */
export function jobOf(job: FleetJob): Record<string, unknown> {
  const folder = `kas-harden-result/${job.result}`
  return {
    extends: '.kas-harden',
    ...(job.tags ? { tags: [...job.tags] } : {}),
    ...(job.timeout === undefined ? {} : { timeout: job.timeout }),
    needs: job.needs.map((name) => ({ job: name, artifacts: false })),
    variables: {
      CHAIN: job.chain,
      SECURITY_LEVEL: String(job.securityLevel),
      COMPONENT: job.components.join(','),
      RESULT: folder,
      ...(job.machine === undefined ? {} : { KAS_MACHINE: job.machine }),
      ...sorted(job.variables)
    },
    artifacts: {
      when: 'always',
      paths: [`${folder}/report/`, `${folder}/sbom.cdx.json`, `${folder}/log/`],
      reports: {
        junit: `${folder}/report/junit.xml`,
        codequality: `${folder}/report/gl-code-quality-report.json`,
        cyclonedx: `${folder}/report/gl-sbom.cdx.json`,
        metrics: `${folder}/report/metrics.txt`,
        annotations: `${folder}/report/annotations.json`
      }
    }
  }
}

/** `.kas-harden`: how every board is built, checked and reported. */
export function commonJob(settings: FleetSettings): Record<string, unknown> {
  const engine = settings.engine === undefined ? '' : ` --engine ${settings.engine}`
  return {
    stage: 'kas-harden',
    ...(settings.image === undefined ? {} : { image: settings.image }),
    ...(settings.tags ? { tags: [...settings.tags] } : {}),
    ...(settings.timeout === undefined ? {} : { timeout: settings.timeout }),
    variables: {
      GIT_STRATEGY: 'clone',
      GATE: settings.gate,
      KAS_HARDEN_FLEET: '1',
      ...sorted(settings.variables)
    },
    before_script: [
      'for directory in "${DL_DIR:-}" "${SSTATE_DIR:-}"; do if [ -n "$directory" ]; then mkdir -p "$directory"; fi; done'
    ],
    script: [
      [
        'code=0',
        `${settings.command} run "$CHAIN"${engine} \\`,
        '  --sl "$SECURITY_LEVEL" --component "$COMPONENT" --gitlab --output "$RESULT" || code=$?',
        'for sbom in "$RESULT"/*.cdx.json; do',
        '  if [ -f "$sbom" ] && [ "$sbom" != "$RESULT/sbom.cdx.json" ]; then cp "$sbom" "$RESULT/sbom.cdx.json"; fi',
        'done',
        ...warnLines,
        ''
      ].join('\n')
    ],
    allow_failure: { exit_codes: 101 }
  }
}

/** The job that joins: it starts when all others ended, however that was, and has their artifacts. */
export function summaryJob(settings: FleetSettings, jobs: readonly FleetJob[]): Record<string, unknown> {
  const folder = 'kas-harden-result/summary'
  return {
    stage: 'kas-harden-summary',
    ...(settings.image === undefined ? {} : { image: settings.image }),
    ...(settings.tags ? { tags: [...settings.tags] } : {}),
    when: 'always',
    variables: { GATE: settings.gate, EXPECT: jobs.map(({ result }) => result).join(',') },
    script: [
      [
        'code=0',
        `${settings.command} ci summary kas-harden-result --expect "$EXPECT" --output ${folder} || code=$?`,
        ...warnLines,
        ''
      ].join('\n')
    ],
    allow_failure: { exit_codes: 101 },
    artifacts: {
      when: 'always',
      expose_as: 'Hardening of the fleet',
      // The pages link to the reports of the boards.
      paths: ['kas-harden-result/'],
      reports: {
        metrics: `${folder}/metrics.txt`,
        requirements: `${folder}/requirements.json`,
        annotations: `${folder}/annotations.json`
      }
    }
  }
}

/** 101 is the gate where it only warns; whatever else goes wrong fails the job. */
const warnLines = ['if [ "$code" = 1 ] && [ "$GATE" = warn ]; then code=101; fi', 'exit "$code"']

function sorted(variables: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(variables).sort()
  return Object.fromEntries(names.map((name) => [name, variables[name] ?? '']))
}
