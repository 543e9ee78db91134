import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One row of kernel-hardening-checker's JSON. */
export interface KernelRow {
  option_name: string
  type: 'kconfig' | 'cmdline' | 'sysctl'
  desired_val: string
  check_result: string
  check_result_bool: boolean
}

/**
 * What kernel-hardening-checker (https://github.com/a13xp0p0v/kernel-hardening-checker) says of a tree's kernel and
 * settings. The settings are those systemd's own tool reads, in its order; what no file names is left out, since
 * only the running kernel knows its default.
 * @param checker a checkout of it
 */
export function askKernelChecker(checker: string, tree: string, cmdline: string): readonly KernelRow[] {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-second-'))
  try {
    const config = readdirSync(join(tree, 'boot')).find((name) => name.startsWith('config-'))
    const files = execFileSync('systemd-analyze', [`--root=${tree}`, 'cat-config', 'sysctl.d'], {
      encoding: 'utf8'
    })
    const settings = files.split('\n').filter((line) => /^-?[a-z][^#;]*=/.test(line))
    writeFileSync(join(directory, 'sysctl'), settings.map((line) => line.replace(/^-/, '') + '\n').join(''))
    writeFileSync(join(directory, 'cmdline'), cmdline + '\n')
    const args = ['-m', 'json', '-c', join(tree, 'boot', config ?? ''), '-l', 'cmdline', '-s', 'sysctl']
    const said = execFileSync('python3', [join(checker, 'bin/kernel-hardening-checker'), ...args], {
      cwd: directory,
      encoding: 'utf8'
    })
    return JSON.parse(said) as KernelRow[]
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Exposure of a unit from 0 (nothing) to 10, as systemd-analyze(1) counts it; undefined when it can't tell. */
export function exposureOf(tree: string, unit: string): number | undefined {
  const name = unit.replace('@.', '@x.')
  const done = spawnSync('systemd-analyze', ['security', '--offline=true', `--root=${tree}`, name], {
    encoding: 'utf8'
  })
  const level = /Overall exposure level for \S+: ([\d.]+)/.exec(done.stdout)?.[1]
  return level === undefined ? undefined : Number(level)
}

/** Services that a directory of `.wants` in /etc starts. */
export function startedServices(tree: string): readonly string[] {
  const system = join(tree, 'etc/systemd/system')
  const wants = readdirSync(system).filter((name) => name.endsWith('.wants'))
  const names = wants.flatMap((name) => readdirSync(join(system, name)))
  const services = names
    .filter((name) => name.endsWith('.service'))
    .map((name) => name.replace(/@.*\./, '@.'))
  return [...new Set(services)].sort()
}
