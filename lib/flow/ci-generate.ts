import { existsSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { stringify } from 'yaml'
import { HardenError } from '../base/errors.ts'
import type { Io } from '../base/io.ts'
import type { ProjectConfig } from '../config/config.ts'
import { loadProjectConfig } from '../config/load.ts'
import { commonJob, jobName, jobOf, settingsOf, summaryJob, type FleetJob } from './ci-jobs.ts'
import { boardChoice } from './kas-prepare.ts'

/** What the pipeline is made for. */
export interface GenerateChoice {
  /** kas files of the fleet, joined by colons; a board may name its own. */
  chain: string
  /** Path of kas-harden.yml. */
  config?: string
}

/** The pipeline as text, and the names of its jobs. */
export interface GeneratedPipeline {
  text: string
  jobs: readonly string[]
}

/**
 * A child pipeline for the boards of kas-harden.yml: a job for each board and level, and one that joins their reports.
 * The same project gives the same bytes.
 * @throws HardenError usage `CI_NO_BOARDS`, `CI_NO_LEVEL`, `CI_CHAIN`, and those of `loadProjectConfig`.
 */
export async function generatePipeline(
  choice: GenerateChoice,
  io: Pick<Io, 'cwd'>
): Promise<GeneratedPipeline> {
  const { config } = await loadProjectConfig(choice.config, io)
  if (config.boards.length === 0) {
    const file = config.path === undefined ? 'kas-harden.yml' : relative(io.cwd, config.path)
    throw new HardenError('usage', 'CI_NO_BOARDS', `${file} names no boards.`, {
      path: config.path,
      hint: 'Add them:\nboards:\n  - name: qemu-amd64\n  - name: qemu-arm64'
    })
  }
  const settings = settingsOf(config)
  const jobs = jobsOf(choice.chain, config, io)
  const pipeline = {
    // Without rules a child counts as a branch's pipeline, and a merge request's would start none of its jobs.
    workflow: { rules: [{ when: 'always' }] },
    stages: ['kas-harden', 'kas-harden-summary'],
    '.kas-harden': commonJob(settings),
    ...Object.fromEntries(jobs.map((job) => [jobName(job), jobOf(job)])),
    'kas-harden:summary': summaryJob(settings, jobs)
  }
  const head = `# Made by \`kas-harden ci generate ${choice.chain}\` from ${basename(config.path ?? '')}; edit that file, not this one.\n`
  // GitLab reads YAML 1.1, where a bare `on` or `1:30` is no text.
  return {
    text: head + stringify(pipeline, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }),
    jobs: [...jobs.map(jobName), 'kas-harden:summary']
  }
}

function jobsOf(chain: string, config: ProjectConfig, io: Pick<Io, 'cwd'>): FleetJob[] {
  const levelsOf = new Map(
    config.boards.map((board) => [
      board.name,
      board.securityLevels ?? (config.target ? [config.target.securityLevel] : [])
    ])
  )
  return config.boards.flatMap((board) => {
    const components = board.components ?? config.target?.components ?? []
    const levels = levelsOf.get(board.name) ?? []
    if (levels.length === 0 || components.length === 0) {
      throw new HardenError('usage', 'CI_NO_LEVEL', `For which target shall ${board.name} be built?`, {
        path: config.path,
        hint: 'Add `target` to kas-harden.yml, or `securityLevels` and `components` to the board.'
      })
    }
    const files = (board.chain ?? chain).split(':')
    for (const file of files) requireFile(file, board.name, io)
    // A board with a chain of its own has named its files.
    const { file, machine } = board.chain === undefined ? boardChoice(board.name, io.cwd) : {}
    const whole = [...files, ...(file === undefined ? [] : [relative(io.cwd, file)])].join(':')
    return levels.map((securityLevel): FleetJob => ({
      board: board.name,
      result: `${board.name}.${securityLevel}`,
      chain: whole,
      machine,
      securityLevel,
      components,
      tags: board.tags,
      timeout: board.timeout,
      needs: (board.needs ?? []).flatMap((other) =>
        (levelsOf.get(other) ?? []).map((level) => jobName({ board: other, securityLevel: level }))
      ),
      variables: board.variables ?? {}
    }))
  })
}

function requireFile(file: string, board: string, io: Pick<Io, 'cwd'>): void {
  if (existsSync(resolve(io.cwd, file))) return
  throw new HardenError('usage', 'CI_CHAIN', `${file}, of the chain of ${board}, is not there.`, {
    path: resolve(io.cwd, file),
    hint: 'The chain is relative to the current directory, which in CI is the top of the repository.'
  })
}
