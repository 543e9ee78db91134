// How long --help takes beside a Node that does nothing: node bench/help.mjs [rounds]. Needs dist/. The goal is a ratio
// of 2.5 at most; medians of CPU time (user and system) and of wall time, both taken in turns, so that load meets both.
import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url))
const rounds = Number(process.argv[2] ?? 15)
const programs = { node: ['-e', '0'], help: [main, '--help'] }
const times = { node: { cpu: [], wall: [] }, help: { cpu: [], wall: [] } }

for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries(programs)) {
    const start = performance.now()
    const done = spawnSync(
      'bash',
      ['-c', 'TIMEFORMAT=\'%U %S\'; time "$@" >/dev/null', 'bash', process.execPath, ...args],
      { encoding: 'utf8' }
    )
    if (done.status !== 0) throw new Error(done.stderr || String(done.error))
    times[name].wall.push(performance.now() - start)
    const [user, system] = done.stderr.trim().split('\n').at(-1).split(' ').map(Number)
    times[name].cpu.push((user + system) * 1000)
  }
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]
for (const kind of ['cpu', 'wall']) {
  const [node, help] = ['node', 'help'].map((name) => median(times[name][kind]))
  console.log(
    `${kind}: node -e 0 ${node.toFixed(0)} ms, --help ${help.toFixed(0)} ms, ratio ${(help / node).toFixed(2)}`
  )
}
