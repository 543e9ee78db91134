import { execFileSync } from 'node:child_process'

/**
 * Runs Debian's own python3-apt over a JSON input in one process: `program` gets `data` and sets `out`.
 * `settings` are set in apt's configuration before its package system starts.
 */
export function askApt(
  program: string,
  data: unknown,
  settings: Readonly<Record<string, string>> = {}
): unknown {
  const script = `import json, sys, apt_pkg
apt_pkg.init_config()
data, settings = json.load(sys.stdin)
for key, value in settings.items():
    apt_pkg.config.set(key, value)
apt_pkg.init_system()
${program}
json.dump(out, sys.stdout)
`
  const stdout = execFileSync('/usr/bin/python3', ['-c', script], {
    input: JSON.stringify([data, settings]),
    maxBuffer: 256 * 1024 * 1024
  })
  return JSON.parse(stdout.toString('utf8')) as unknown
}
