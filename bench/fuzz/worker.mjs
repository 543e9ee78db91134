// Runs the inputs; the parent watches that it goes on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers'
import { parentPort, workerData } from 'node:worker_threads'
import { byToolTargets } from './by-tool.mjs'
import { makeCorpus } from './corpus.mjs'
import { inProcessTargets } from './in-process.mjs'
import { random } from './mutate.mjs'

const lib = (path) => import(new URL(`../../dist/lib/${path}.js`, import.meta.url))
const { HardenError } = await lib('base/errors')
const { nodeExec } = await lib('base/exec')

const { progress, seed, inputs, toolInputs, seconds, save } = workerData
const started = performance.now()
const scratch = mkdtempSync(join(tmpdir(), 'kas-harden-fuzz-'))
const rows = new Map()
const failures = []
const unexpected = (error) => failures.push(`uncaught: ${error?.stack ?? error}`)
process.on('unhandledRejection', unexpected)
process.on('uncaughtException', unexpected)

async function runOne(name, make, read) {
  const number = Atomics.add(progress, 0, 1)
  const row = rows.get(name) ?? { name, inputs: 0, read: 0, refused: 0, crashes: 0, slowest: 0, codes: [] }
  rows.set(name, row)
  row.inputs += 1
  const data = make()
  if (number === save) {
    writeFileSync('fuzz-input', data ?? '')
    process.stderr.write(`input ${number}, ${name}: fuzz-input\n`)
  }
  const start = performance.now()
  try {
    await read(data)
    row.read += 1
  } catch (error) {
    if (error instanceof HardenError && error.kind !== 'bug') {
      row.refused += 1
      if (!row.codes.includes(error.code)) row.codes.push(error.code)
    } else {
      row.crashes += 1
      failures.push(`input ${number}, ${name}: ${error?.stack ?? error}`)
    }
  }
  row.slowest = Math.max(row.slowest, performance.now() - start)
}

const isOver = () => performance.now() - started > seconds * 1000
try {
  const rng = random(seed)
  const corpus = makeCorpus(scratch)
  const io = { exec: nodeExec(process.env), env: { ...process.env, TMPDIR: scratch } }
  const targets = await inProcessTargets(corpus, rng, io, scratch)
  const deck = targets.flatMap(([name, weight, make, read]) => Array(weight).fill([name, make, read]))
  for (let count = 0; count < inputs && !isOver(); count += 1) {
    await runOne(...deck[count % deck.length])
    if (count % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const tools = byToolTargets(corpus, rng, io, scratch)
  for (let count = 0; count < toolInputs && !isOver(); count += 1)
    await runOne(...tools[count % tools.length])
} catch (error) {
  // The harness itself: an input it can't make.
  unexpected(error)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
parentPort.postMessage({ rows: [...rows.values()], failures, seconds: (performance.now() - started) / 1000 })
