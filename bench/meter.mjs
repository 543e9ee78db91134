// What a command costs, its children included.
import { execFileSync } from 'node:child_process'

const program = `
import json, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss / 1024]))
`

/**
 * CPU (user and system) and wall in seconds, peak of the largest process in MiB.
 * @param {string[]} args the command
 * @param {{ env?: Record<string, string>, exitCodes?: number[] }} [options] codes that are no failure; 0 without
 */
export function measure(args, { env = {}, exitCodes = [0] } = {}) {
  const text = execFileSync('python3', ['-c', program, ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8'
  })
  const [code, cpu, wall, peak] = JSON.parse(text)
  if (!exitCodes.includes(code)) throw new Error(`${args.join(' ')} ended with exit code ${code}`)
  return { cpu, wall, peak }
}

/** The middle one. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
