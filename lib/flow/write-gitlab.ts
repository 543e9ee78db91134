import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { Finding } from '../base/finding.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import { loadProjectConfig } from '../config/load.ts'
import {
  artifactAddress,
  renderAnnotations,
  renderCodeQuality,
  renderDotenv,
  renderMetrics,
  type GitlabInput
} from '../report/gitlab.ts'
import { renderRequirementsReport } from '../report/gitlab-requirements.ts'
import { renderGitlabSbom } from '../report/gitlab-sbom.ts'
import type { AssessedImage } from './assess-image.ts'
import { gitlabNumbers } from './gitlab-numbers.ts'
import { lintProject } from './lint-project.ts'

/** Where the reports of a job go, and what was built. */
export interface GitlabPlace {
  /** Folder of the reports. */
  directory: string
  /** The kas files of the image: findings of lint get their places; absent: only what the image says. */
  chain?: string
  release?: string
  /** The SBOM of the image; absent: no copy with GitLab's properties. */
  sbom?: string
  /** Path of kas-harden.yml, which may name GitLab's requirements. */
  config?: string
}

/**
 * Writes what GitLab shows of a result: code quality, metrics, dotenv, the SBOM in its terms, its requirements where it
 * has them, and the link to the report on the job's page (only where the job tells its address). Names are those
 * templates/kas-harden/template.yml collects.
 * @throws HardenError usage, as `lintProject` for a chain that can't be read, and as `gitlabNumbers`.
 */
export async function writeGitlab(
  assessed: AssessedImage,
  { directory, chain, release, sbom, config }: GitlabPlace,
  io: Io
): Promise<string[]> {
  const root = io.env['CI_PROJECT_DIR'] ?? io.cwd
  const findings: readonly Finding[] =
    chain === undefined ? [] : (await lintProject(chain, io, { release })).findings
  const place = relative(root, resolve(io.cwd, chain?.split(':')[0] ?? 'kas-harden.yml'))
  const input: GitlabInput = { ...assessed, findings, root, place }
  const job = io.env['CI_JOB_URL']
  const report = relative(root, join(directory, 'report.html'))
  const files: [string, string][] = [
    ['gl-code-quality-report.json', renderCodeQuality(input)],
    ['metrics.txt', renderMetrics(input)],
    ['kas-harden.env', renderDotenv(input)]
  ]
  if (job !== undefined && !report.startsWith('..')) {
    const link = { label: 'Hardening report', url: artifactAddress(job, report) }
    files.push(['annotations.json', renderAnnotations([link])])
  }
  if (sbom !== undefined) {
    const source = chain === undefined || place.startsWith('..') ? undefined : place
    files.push(['gl-sbom.cdx.json', renderGitlabSbom(await readFile(resolve(io.cwd, sbom), 'utf8'), source)])
  }
  // Of several boards in one pipeline each would overwrite the others' answers: there the summary of the fleet answers.
  const alone = Number(io.env['CI_NODE_TOTAL'] ?? 1) <= 1 && io.env['KAS_HARDEN_FLEET'] === undefined
  const numbers = alone ? await gitlabNumbers((await loadProjectConfig(config, io)).config) : undefined
  if (numbers) {
    const lines = assessed.assessment.requirements
    files.push(['requirements.json', renderRequirementsReport(lines, numbers)])
  }
  for (const [name, text] of files) await writeWhole(join(directory, name), text)
  return files.map(([name]) => join(directory, name))
}
