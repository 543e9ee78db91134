import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkshop, type Workshop } from '../kas-build/build.ts'
import { nativeEngine } from '../kas-build/engines.ts'
import { makeProduct } from '../kas-build/product.ts'
import { including, pipelineOf } from './pipeline.ts'

const main = join(import.meta.dirname, '../../../dist/lib/cli/main.js')

let workshop: Workshop
beforeAll(() => {
  workshop = openWorkshop()
})
afterAll(() => {
  workshop.remove()
})

it('a build that kas breaks off fails the job, says the cause and leaves the log among the artifacts', async (context) => {
  const { missing } = nativeEngine()
  if (missing !== undefined) return context.skip(`kas can't build here: ${missing}`)
  const files = { 'kas/board/broken.yml': 'header: {version: 14}\ntarget: no-such-image\n' }
  const product = makeProduct(join(workshop.directory, 'product'), workshop.isar, { files })
  const inputs = {
    chain: 'kas.yml',
    engine: 'kas',
    boards: ['broken'],
    command: `${process.execPath} ${main}`
  }
  const { run, directory } = pipelineOf(product, including(inputs))
  const cache = join(workshop.directory, 'user-cache')
  const { jobs, output } = await run(
    '--variable',
    `KAS_REPO_REF_DIR=${workshop.isar.references}`,
    '--variable',
    `XDG_CACHE_HOME=${cache}`
  )
  expect(jobs, output).toEqual(['FAIL'])
  expect(output).toMatch(/no-such-image[^]*whole log: /)
  const artifacts = join(directory, '.gitlab-ci-local/artifacts')
  const kept = readdirSync(artifacts).map((job) => join(artifacts, job, 'kas-harden-result/log'))
  const [logs = '', ...more] = kept.filter((path) => existsSync(path))
  expect(more).toEqual([])
  expect(readdirSync(logs).filter((name) => name.endsWith('.log'))).not.toEqual([])
})
