// Feeds damaged input to every reader. Seeded and time-boxed: npm run fuzz -- --seed 1 --inputs 100000 --tool-inputs 1000 --seconds 600
// Allowed is a result or a HardenError; anything else, and anything that takes too long, fails the run.
import { writeFileSync } from 'node:fs'
import { clearInterval, setInterval } from 'node:timers'
import { Worker } from 'node:worker_threads'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '100000' },
    'tool-inputs': { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '600' },
    save: { type: 'string' },
    write: { type: 'string' }
  }
})
/** Seconds one input may take; tools have their own limit, far above what a small image needs. */
const patience = 60

const progress = new Int32Array(new SharedArrayBuffer(8))
const worker = new Worker(new URL('fuzz/worker.mjs', import.meta.url), {
  workerData: {
    progress,
    seed: Number(values.seed),
    inputs: Number(values.inputs),
    toolInputs: Number(values['tool-inputs']),
    seconds: Number(values.seconds),
    save: values.save === undefined ? undefined : Number(values.save)
  }
})

let last = -1
const watch = setInterval(() => {
  const now = Atomics.load(progress, 0)
  if (now === last) {
    const one = `input ${now - 1} of seed ${values.seed}`
    console.error(`Hang: ${one} takes more than ${patience} s; --save ${now - 1} writes it to ./fuzz-input.`)
    process.exit(1)
  }
  last = now
  console.error(`… ${now} inputs`)
}, patience * 1000)

worker.on('error', (error) => {
  console.error(error)
  process.exit(1)
})
worker.on('message', ({ rows, failures, seconds }) => {
  clearInterval(watch)
  const total = rows.reduce((sum, { inputs }) => sum + inputs, 0)
  const table = [
    '| reader | inputs | read | refused with a HardenError | crashes | slowest, ms |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows.map(
      ({ name, inputs, read, refused, crashes, slowest }) =>
        `| ${name} | ${inputs} | ${read} | ${refused} | ${crashes} | ${slowest.toFixed(0)} |`
    )
  ].join('\n')
  const codes = [...new Set(rows.flatMap((row) => row.codes))].sort().join(', ')
  const summary = `${total} inputs, ${failures.length} crashes, 0 hangs, ${seconds.toFixed(0)} s, seed ${values.seed}.`
  console.log(`${table}\n\n${summary}\nCodes: ${codes}`)
  for (const failure of failures.slice(0, 20)) console.error(`\n${failure}`)
  if (values.write) writeFileSync(values.write, document(table, summary, codes))
  process.exit(failures.length > 0 ? 1 : 0)
})

function document(table, summary, codes) {
  return `# Damaged input

Images are hostile: whatever is wrong with one must end in a result or in one of our errors, in bounded time, never in
a crash or a hang. \`npm run fuzz\` makes one small image of every form with the real tools, changes it (flipped bits,
overwritten lengths, cut, repeated and moved pieces, text where numbers stand, other values in JSON) and reads it; checksums
of tar headers, of the GPT, of an erofs and of cpio members, the digests of a container image and the packing around a tar
or ext4 are made right again in half of the cases, so that the change gets past them. Each input follows from the seed.
What reading leaves in the temporary directory counts as a crash, and so does an SBOM that is no valid CycloneDX (of
every hundredth status file) and a licence that is no SPDX expression.

\`npm run fuzz -- --seed ${values.seed} --inputs ${values.inputs} --tool-inputs ${values['tool-inputs']} --seconds ${values.seconds}\`
gave on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}:

${summary}

${table}

Rows without a tool's name run in the process; the others go through the whole of \`openImage\` with the tool that
reads the format, walked whole or on demand: four files, file capabilities, ESP, an SBOM, closing. Codes seen: ${codes}.
`
}
