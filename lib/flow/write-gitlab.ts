import { join, relative, resolve } from 'node:path'
import type { Finding } from '../base/finding.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import {
  renderAnnotations,
  renderCodeQuality,
  renderDotenv,
  renderMetrics,
  type GitlabInput
} from '../report/gitlab.ts'
import type { AssessedImage } from './assess-image.ts'
import { lintProject } from './lint-project.ts'

/** Where the reports of a job go, and what was built. */
export interface GitlabPlace {
  /** Folder of the reports. */
  directory: string
  /** The kas files of the image: findings of lint get their places; absent: only what the image says. */
  chain?: string
  release?: string
}

/**
 * Writes what GitLab shows of a result: code quality, metrics, dotenv, and the link to the report on the job's page
 * (only where the job tells its address). Names are those templates/kas-harden/template.yml collects.
 * @throws HardenError usage, as `lintProject`, for a chain that can't be read.
 */
export async function writeGitlab(
  assessed: AssessedImage,
  { directory, chain, release }: GitlabPlace,
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
    const url = `${job}/artifacts/file/${report.split('/').map(encodeURIComponent).join('/')}`
    files.push(['annotations.json', renderAnnotations([{ label: 'Hardening report', url }])])
  }
  for (const [name, text] of files) await writeWhole(join(directory, name), text)
  return files.map(([name]) => join(directory, name))
}
