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
  /**
   * For a key of all interfaces where the kernel lets a single one differ (accept_redirects, send_redirects,
   * rp_filter, forwarding): what is set for single ones or by a pattern (ip-sysctl of the kernel).
   */
  ofInterfaces(key: string): readonly SysctlSetting[]
}

/** Other names of the same setting. */
const aliases: Readonly<Record<string, string>> = { 'net/ipv4/conf/all/forwarding': 'net/ipv4/ip_forward' }

/** `net/ipv4/conf/all/NAME` -> NAME, where one interface can differ from all. */
const perInterface =
  /^net\/(ipv4|ipv6)\/conf\/(?:all|default)\/(accept_redirects|send_redirects|rp_filter|forwarding)$/

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
  const path = first === '.' ? key.replace(/[./]/g, (one) => (one === '.' ? '/' : '.')) : key
  // systemd leaves out doubled and leading slashes and what leads nowhere (sysctl_normalize, path_simplify).
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
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
      const path = sysctlPath(bare)
      settings.push({ ...line, key: aliases[path] ?? path, value, assigned: at >= 0 })
    }
  }
  return {
    settings,
    value(key) {
      const path = aliases[sysctlPath(key)] ?? sysctlPath(key)
      const named = settings.findLast((one) => one.key === path)
      if (named) return named.assigned ? named : undefined
      return settings.findLast((one) => one.assigned && isGlob(one.key) && matchesPath(one.key, path))
    },
    ofInterfaces(key) {
      const path =
        sysctlPath(key) === 'net/ipv4/ip_forward' ? 'net/ipv4/conf/all/forwarding' : sysctlPath(key)
      const [, family, name] = perInterface.exec(path) ?? []
      if (family === undefined || name === undefined) return []
      const own = new RegExp(`^net/${family}/conf/([^/]+)/${name}$`)
      const found = new Map<string, SysctlSetting>()
      for (const one of settings) {
        const device = own.exec(one.key)?.[1]
        // Interfaces that come later take over what `default` says, whatever `all` was before.
        const later = device === 'default' && name === 'forwarding'
        if (device === undefined || device === 'all' || (device === 'default' && !later)) continue
        // Of rp_filter the larger one of all and the interface counts, so 0 undoes nothing.
        if (one.assigned && !(name === 'rp_filter' && one.value === '0')) found.set(device, one)
        else found.delete(device)
      }
      return [...found.values()]
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
