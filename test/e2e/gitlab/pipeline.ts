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
  /** The same with each job in a container of its image, made with podman. */
  inContainers: (containers: Containers) => Promise<PipelineRun>
  /** Texts of a file among the artifacts, one for every job that left it, sorted. */
  artifacts: (path: string) => string[]
  remove: () => void
}

/** What the containers of jobs get. */
export interface Containers {
  /** An image with bash and rsync, for what gitlab-ci-local itself does. */
  helper: string
  /** As podman's --volume takes them. */
  volumes: readonly string[]
  /** Variables of the jobs. */
  variables: Readonly<Record<string, string>>
  /** Environment of podman. */
  env: Readonly<Record<string, string>>
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
  return pipelineOf(
    mkdtempSync(join(process.env['TMPDIR'] ?? '/var/tmp', 'kas-harden-gitlab-')),
    pipeline,
    files
  )
}

/** Makes a directory, with what is in it, such a repository. */
export function pipelineOf(
  directory: string,
  pipeline: string,
  files: Readonly<Record<string, string>> = {}
): PipelineProject {
  cpSync(join(root, 'templates'), join(directory, 'templates'), { recursive: true })
  for (const [path, text] of Object.entries({ ...files, '.gitlab-ci.yml': pipeline })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args])
  git('init', '-q', '-b', 'main')
  git('checkout', '-q', '-B', 'main')
  git('remote', 'add', 'origin', 'git@gitlab.example.com:grp/product.git')
  git('add', '-A')
  git('commit', '-qm', 'Product')
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
  return {
    directory,
    run: (...args) =>
      runPipeline(directory, ['--force-shell-executor', '--shell-isolation', '--concurrency', '2', ...args]),
    inContainers: ({ helper, volumes, variables, env }) =>
      runPipeline(
        directory,
        [
          '--container-executable=podman',
          '--pull-policy=if-not-present',
          `--helper-image=${helper}`,
          '--privileged',
          // The user the image names, as GitLab's runner has it.
          '--no-umask',
          ...volumes.flatMap((volume) => ['--volume', volume]),
          ...Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`])
        ],
        env
      ),
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

async function runPipeline(
  directory: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {}
): Promise<PipelineRun> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:GCL|CI)_?/.test(name)))
  const program = join(root, 'node_modules/gitlab-ci-local/dist/index.js')
  const done = await execa(process.execPath, [program, '--no-artifacts-to-source', ...args], {
    cwd: directory,
    env: { ...env, ...more },
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
}

/** A .gitlab-ci.yml that includes our component with these inputs. */
export function including(inputs: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ include: [{ local: '/templates/kas-harden/template.yml', inputs }] }, null, 2)
}
