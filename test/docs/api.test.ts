import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

it(
  'the API documentation builds, and every type of the public API is in it',
  { timeout: 15 * 60_000 },
  () => {
    // Warnings are errors in typedoc.json; nothing is written. What `npm run docs` writes is not committed.
    const typedoc = join(root, 'node_modules/typedoc/bin/typedoc')
    const done = spawnSync(process.execPath, [typedoc, '--emit', 'none'], { cwd: root, encoding: 'utf8' })
    expect(done.status, done.stdout + done.stderr).toBe(0)
  }
)
