import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import * as v from 'valibot'
import { verdicts } from '../assess/assessment.ts'
import { HardenError, messageOf } from '../base/errors.ts'
import { writeWhole } from '../base/files.ts'
import type { Io } from '../base/io.ts'
import { byCodeUnit } from '../base/text.ts'
import { loadProjectConfig } from '../config/load.ts'
import { renderFleetHtml } from '../report/fleet-html.tsx'
import {
  fleetPassed,
  renderFleetJson,
  renderFleetMarkdown,
  renderFleetMetrics,
  type FleetReport,
  type FleetResult
} from '../report/fleet.ts'
import { artifactAddress, renderAnnotations } from '../report/gitlab.ts'
import { renderRequirementsReport } from '../report/gitlab-requirements.ts'
import { assessmentFormat } from '../report/json.ts'
import { gitlabNumbers } from './gitlab-numbers.ts'

/** What to join. */
export interface SummaryChoice {
  /** Folder that holds one of each job, `<name>/report/assessment.json`. */
  directory: string
  /** Names that have to be there; one that is not counts as failed. */
  expected?: readonly string[]
  output: string
  /** Path of kas-harden.yml, which may name GitLab's requirements. */
  config?: string
}

/** What a summary found and wrote. */
export interface Summary {
  results: readonly FleetResult[]
  passed: boolean
  written: readonly string[]
}

/** More than any report of ours has. */
const mostBytes = 64 * 1024 * 1024

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const Report = v.object({
  format: v.literal(assessmentFormat),
  target: v.object({ components: v.array(v.string()), securityLevel: count }),
  headline: v.string(),
  banners: v.array(v.string()),
  image: v.object({ path: v.string(), sha512: v.optional(v.string()), packageCount: count }),
  slc: v.array(count),
  counts: v.record(v.picklist(verdicts), count),
  requirements: v.array(v.object({ id: v.string(), title: v.string(), verdict: v.picklist(verdicts) }))
})

/**
 * Joins the reports of all jobs of a fleet into one page, Markdown, JSON and metrics.
 * @throws HardenError usage `CI_NO_RESULTS` when the folder holds none and none was expected.
 */
export async function summariseFleet(choice: SummaryChoice, io: Pick<Io, 'cwd' | 'env'>): Promise<Summary> {
  const directory = resolve(io.cwd, choice.directory)
  const output = resolve(io.cwd, choice.output)
  const there = await namesIn(directory)
  const names = [...new Set([...there, ...(choice.expected ?? [])])].sort(byCodeUnit)
  if (names.length === 0) {
    throw new HardenError('usage', 'CI_NO_RESULTS', `${choice.directory} holds no report of any board.`, {
      path: directory,
      hint: 'A report lies in <board>.<level>/report/assessment.json; name the folder above.'
    })
  }
  const results: FleetResult[] = []
  for (const name of names) results.push(await resultOf(name, join(directory, name, 'report')))
  const files: [string, string][] = [
    ['summary.html', renderFleetHtml(results)],
    ['summary.md', renderFleetMarkdown(results)],
    ['summary.json', renderFleetJson(results)],
    ['metrics.txt', renderFleetMetrics(results)]
  ]
  const numbers = await gitlabNumbers((await loadProjectConfig(choice.config, io)).config)
  if (numbers) {
    const lines = results.flatMap(({ report }) => report?.requirements ?? [])
    const complete = results.every(({ report }) => report !== undefined)
    files.push(['requirements.json', renderRequirementsReport(lines, numbers, complete)])
  }
  const job = io.env['CI_JOB_URL']
  const page = relative(io.env['CI_PROJECT_DIR'] ?? io.cwd, join(output, 'summary.html'))
  if (job !== undefined && !page.startsWith('..')) {
    const link = { label: 'Hardening of the fleet', url: artifactAddress(job, page) }
    files.push(['annotations.json', renderAnnotations([link])])
  }
  for (const [name, text] of files) await writeWhole(join(output, name), text)
  return { results, passed: fleetPassed(results), written: files.map(([name]) => join(output, name)) }
}

async function namesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  for (const { name } of entries) {
    const report = await stat(join(directory, name, 'report', 'assessment.json')).catch(() => undefined)
    if (report?.isFile()) found.push(name)
  }
  return found
}

async function resultOf(name: string, directory: string): Promise<FleetResult> {
  const path = join(directory, 'assessment.json')
  try {
    const about = await stat(path)
    if (about.size > mostBytes) return { name, problem: `The report has ${about.size} bytes; not read.` }
    const report = v.safeParse(Report, JSON.parse(await readFile(path, 'utf8')))
    if (!report.success) {
      const [first] = report.issues
      return {
        name,
        problem: `The report is not of this version: ${v.getDotPath(first) ?? ''} ${first.message}`
      }
    }
    const counts = { ...Object.fromEntries(verdicts.map((one) => [one, 0])), ...report.output.counts }
    const gate = await gateOf(join(directory, 'kas-harden.env'))
    return { name, report: { ...report.output, counts: counts as FleetReport['counts'], gate } }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return {
      name,
      problem: missing ? 'The job left no report.' : `The report can't be read: ${messageOf(error)}`
    }
  }
}

/** What the job said of its gate; it knows the waivers and `failOn`, which the report alone does not. */
async function gateOf(path: string): Promise<FleetReport['gate']> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const word = /^KAS_HARDEN_GATE=(passed|failed)$/m.exec(text)?.[1]
  return word === 'passed' || word === 'failed' ? word : 'unknown'
}
