import type { CheckContext } from '../check-context.ts'
import { globToRegExp, isGlob, mergedDropIns } from './glob.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'

/** A line of sysctl.d. */
interface SysctlSetting extends Setting {
  /** Below /proc/sys, with slashes: `net/ipv4/ip_forward`. */
  key: string
  /** Undefined for a line `-key` that only keeps globs away from the key. */
  assigned: boolean
}

/** The settings systemd-sysctl writes. */
export interface Sysctl {
  settings: readonly SysctlSetting[]
  /** What a key is set to, or undefined when nothing sets it. */
  value(key: string): SysctlSetting | undefined
}

/** Highest priority first (sysctl.d(5)); /lib is only a directory of its own without merged /usr. */
const directories = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d'
]

/** `net.ipv4.conf.eth0/1.x` -> `net/ipv4/conf/eth0.1/x`: the first separator says which is which. */
export function sysctlPath(key: string): string {
  const first = /[./]/.exec(key)?.[0]
  if (first !== '.') return key
  return key.replace(/[./]/g, (one) => (one === '.' ? '/' : '.'))
}

/**
 * Reads sysctl.d the way systemd-sysctl does: files of all directories sorted by name, one name counts once,
 * a later assignment replaces an earlier one, patterns never touch a key that is named outright.
 */
export async function readSysctl({ image }: CheckContext): Promise<Sysctl> {
  const settings: SysctlSetting[] = []
  for (const path of mergedDropIns(image, directories, (name) => name.endsWith('.conf'))) {
    for (const line of (await readLines(image, path)) ?? []) {
      const text = line.text.trim()
      if (text === '' || text.startsWith('#') || text.startsWith(';')) continue
      const at = text.indexOf('=')
      const name = (at < 0 ? text : text.slice(0, at)).trim()
      const bare = name.replace(/^-\s*/, '')
      if (at < 0 && bare === name) continue // no assignment and no exclusion: systemd-sysctl skips it
      const value =
        at < 0
          ? ''
          : text
              .slice(at + 1)
              .trim()
              .replace(/\s+/g, ' ')
      settings.push({ ...line, key: sysctlPath(bare), value, assigned: at >= 0 })
    }
  }
  return {
    settings,
    value(key) {
      const path = sysctlPath(key)
      const named = settings.findLast((one) => one.key === path)
      if (named) return named.assigned ? named : undefined
      return settings.findLast((one) => one.assigned && isGlob(one.key) && matchesPath(one.key, path))
    }
  }
}

function matchesPath(pattern: string, path: string): boolean {
  const parts = path.split('/')
  const patterns = pattern.split('/')
  return (
    parts.length === patterns.length &&
    patterns.every((one, index) => globToRegExp(one).test(parts[index] ?? ''))
  )
}
