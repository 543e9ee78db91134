import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runCli } from '../run-cli.ts'
import { temporaryDirectory } from '../temporary.ts'

it.each([
  ['a broken kas-harden.yml', 'engine: docker\n', 'must be one of kas'],
  ['a missing kas file', 'target: {components: [EDR], securityLevel: 2}\n', 'no such kas file']
])('%s is told once, with its path once', async (_, config, words) => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'kas-harden.yml'), config)
  const { stderr } = await runCli(directory, ['plan', 'none.yml'])
  expect(stderr.split(words)).toHaveLength(2)
  expect(stderr.split(directory)).toHaveLength(2)
})
