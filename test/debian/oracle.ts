import { execFileSync } from 'node:child_process'

/** Runs Debian's own python3-apt over a JSON input in one process; `program` gets `data` and sets `out`. */
export function askApt(program: string, data: unknown): unknown {
  const script = `import json, sys, apt_pkg\napt_pkg.init()\ndata = json.load(sys.stdin)\n${program}\njson.dump(out, sys.stdout)\n`
  const stdout = execFileSync('/usr/bin/python3', ['-c', script], {
    input: JSON.stringify(data),
    maxBuffer: 256 * 1024 * 1024
  })
  return JSON.parse(stdout.toString('utf8')) as unknown
}
