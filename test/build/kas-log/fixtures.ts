import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FailedBuild } from '../../../lib/build/kas/diagnosis.ts'

const root = join(import.meta.dirname, '../../fixtures/kas-log')

/** A kept log: `<code>/<case>.exit<exit code>.log`, beside it the log of the task where the case needs it. */
export interface LogFixture {
  /** Code it must be diagnosed as; `succeeded` for builds that ended well. */
  code: string
  name: string
  path: string
  exitCode: number
  taskLog: string
}

export function logFixtures(): LogFixture[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: code }) =>
      readdirSync(join(root, code)).flatMap((file) => {
        const [, name = '', exit] = /^(.*)\.exit(\d+)\.log$/.exec(file) ?? []
        if (exit === undefined) return []
        const path = join(root, code, file)
        return [{ code, name, path, exitCode: Number(exit), taskLog: join(root, code, `${name}.task.log`) }]
      })
    )
}

/** The failed build a fixture stands for; task logs are looked for beside it. */
export function failedBuild(fixture: LogFixture): FailedBuild {
  return {
    exitCode: fixture.exitCode,
    engine: 'kas-container',
    logPath: fixture.path,
    hostPath: (path) =>
      path.includes('/temp/log.do_fetch.') ? fixture.taskLog : path.replace(/^\/work(?=\/|$)/, '/home/me/product'),
    confOrigin: (line) => ({ key: 'zz-product', path: '/home/me/product/kas.yml', line: line + 20, ours: false })
  }
}
