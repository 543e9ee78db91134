import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

const root = join(import.meta.dirname, '../../..')

/** A git repository with our component, as GitLab would see it. */
export interface PipelineProject {
  directory: string
  /** Runs gitlab-ci-local there: jobs as shell scripts on this machine, each in a copy of the repository of its own. */
  run: (...args: string[]) => Promise<PipelineRun>
  /** Texts of a file among the artifacts, one for every job that left it, sorted. */
  artifacts: (path: string) => string[]
  remove: () => void
}

/** How a pipeline ended. */
export interface PipelineRun {
  code: number
  output: string
  /** PASS, WARN or FAIL of each job. */
  jobs: string[]
  /** The same by the job's name; those of a child pipeline among them. */
  ended: Map<string, string>
}

/** Makes the repository. `pipeline` is the text of .gitlab-ci.yml; other files by path. */
export function pipelineProject(pipeline: string, files: Readonly<Record<string, string>>): PipelineProject {
  const directory = mkdtempSync(join(process.env['TMPDIR'] ?? '/var/tmp', 'kas-harden-gitlab-'))
  cpSync(join(root, 'templates'), join(directory, 'templates'), { recursive: true })
  for (const [path, text] of Object.entries({ ...files, '.gitlab-ci.yml': pipeline })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args])
  git('init', '-q', '-b', 'main')
  git('remote', 'add', 'origin', 'git@gitlab.example.com:grp/product.git')
  git('add', '-A')
  git('commit', '-qm', 'Product')
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
  return {
    directory,
    async run(...args) {
      const env = Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(?:GCL|CI)_?/.test(name))
      )
      const program = join(root, 'node_modules/gitlab-ci-local/dist/index.js')
      const shell = [
        '--force-shell-executor',
        '--shell-isolation',
        '--no-artifacts-to-source',
        '--concurrency',
        '2'
      ]
      const done = await execa(process.execPath, [program, ...shell, ...args], {
        cwd: directory,
        env,
        extendEnv: false,
        reject: false,
        cleanup: true
      })
      const output = `${done.stdout}\n${done.stderr}`
      // Its exit code is 0 for every job with allow_failure:exit_codes; what it says of each job is right.
      const said = [...output.matchAll(/^ (PASS|WARN|FAIL) {2}(?:\[\S+\] -> )?(.+?) *$/gm)]
      // It warns of its own doings in the same way.
      const jobs = said.filter(([, , name]) => !/^(?:downstream|Avoid) /.test(name ?? ''))
      return {
        code: done.exitCode ?? -1,
        output,
        jobs: jobs.map(([, how]) => how ?? ''),
        ended: new Map(jobs.map(([, how, name]) => [name ?? '', how ?? '']))
      }
    },
    artifacts(path) {
      // Folders are called after their jobs, with the odd characters encoded.
      const jobs = join(directory, '.gitlab-ci-local/artifacts')
      return readdirSync(jobs)
        .map((job) => join(jobs, job, path))
        .filter((file) => existsSync(file))
        .map((file) => readFileSync(file, 'utf8'))
        .sort()
    },
    remove() {
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** A .gitlab-ci.yml that includes our component with these inputs. */
export function including(inputs: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ include: [{ local: '/templates/kas-harden/template.yml', inputs }] }, null, 2)
}
