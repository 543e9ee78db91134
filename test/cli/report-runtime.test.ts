import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

const status = 'Package: libc6\nStatus: install ok installed\nVersion: 2.36\nArchitecture: amd64\n'

/** A report over an image and one failed result of the running system, which needs no signature to count. */
async function reported(sha512: string) {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'status'), status)
  const results = {
    format: 'kas-harden-runtime/1',
    image: { sha512 },
    tester: { name: 'Bench', identity: 'bench@example.org' },
    runner: { name: 'script' },
    ended: '2026-11-22T10:00:00Z',
    results: [
      {
        requirement: 'CR 1.11',
        check: 'login-lockout/lock-and-unlock',
        result: 'fail',
        message: 'The hundredth login still got an answer.'
      }
    ]
  }
  writeFileSync(join(directory, 'results.json'), JSON.stringify(results))
  const target = ['--component', 'EDR', '--sl', '2', '--release', 'bookworm']
  const done = await runCli(directory, [
    'report',
    'status',
    '-o',
    'out',
    ...target,
    '--runtime',
    'results.json'
  ])
  return { ...done, json: readFileSync(join(directory, 'out/assessment.json'), 'utf8') }
}

it('puts results of the running system into every report', async () => {
  const { json } = await reported(createHash('sha512').update(status).digest('hex'))
  expect(json).toContain('The hundredth login still got an answer.')
})

it('leaves out, and says so, results of another image', async () => {
  const { json } = await reported('ab'.repeat(64))
  expect(json).toContain('RUNTIME_OTHER_IMAGE')
  expect(json).not.toContain('The hundredth login')
})
