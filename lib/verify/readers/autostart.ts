import type { CheckContext } from '../check-context.ts'
import type { Image } from '../../image/image.ts'
import { isMasked } from './glob.ts'
import { initScriptOf } from './init-scripts.ts'
import { readPackageFiles, realPath } from './package-files.ts'
import { unitDirectories } from './unit-file.ts'
import { readUnits } from './units.ts'

/** A file that makes something start by itself. */
export interface Autostarted {
  /** The unit, or the file's own path. */
  name: string
  path: string
  line?: number
  text?: string
  /** The package that brought the file as it stands. */
  from: string | undefined
}

/** Units that run or listen. */
const active = /\.(?:service|socket|timer|path)$/

/** Files that the system runs or obeys without any unit naming them. */
const directories = [
  '/etc/systemd/system-generators',
  '/usr/local/lib/systemd/system-generators',
  '/usr/lib/systemd/system-generators',
  '/etc/systemd/system-environment-generators',
  '/usr/local/lib/systemd/system-environment-generators',
  '/usr/lib/systemd/system-environment-generators',
  '/usr/lib/systemd/system-shutdown',
  '/usr/lib/systemd/system-sleep',
  '/etc/tmpfiles.d',
  '/usr/local/lib/tmpfiles.d',
  '/usr/lib/tmpfiles.d',
  '/etc/udev/rules.d',
  '/usr/local/lib/udev/rules.d',
  '/usr/lib/udev/rules.d',
  '/usr/lib/dhcpcd/dhcpcd-hooks',
  '/etc/dhcp/dhclient-enter-hooks.d',
  '/etc/dhcp/dhclient-exit-hooks.d',
  '/etc/network/if-pre-up.d',
  '/etc/network/if-up.d',
  '/etc/networkd-dispatcher/routable.d'
] as const

const cronDirectories = ['/etc/cron.d', '/var/spool/cron/crontabs'] as const

/**
 * Lists what starts by itself at a boot: units that are started or that a socket, timer or path starts, with every
 * drop-in that gives them a command or a listening address; generators, init scripts without a unit, rc.local,
 * files of tmpfiles.d and udev, hooks of the network; tables of cron where cron is started.
 */
export async function readAutostart(context: CheckContext): Promise<readonly Autostarted[]> {
  const { image } = context
  const files = await context.read(readPackageFiles)
  const found: Promise<Autostarted>[] = []
  const add = (name: string, path: string, place: { line?: number; text?: string } = {}): void => {
    found.push(files.intactFrom(realPath(image, path)).then((from) => ({ name, path, ...place, from })))
  }
  const units = await context.read(readUnits)
  const reached = new Set([...units.started.keys(), ...units.triggered.keys()])
  for (const name of [...reached]) {
    // What a unit starts when it fails or ends starts by itself too.
    const unit = await units.load(name)
    for (const key of ['OnFailure', 'OnSuccess']) {
      for (const { value } of unit?.values('Unit', key) ?? [])
        for (const other of value.split(/\s+/)) reached.add(units.mainName(other))
    }
  }
  for (const name of reached) {
    if (!active.test(name)) continue
    const unit = await units.load(name)
    if (unit?.fragment === undefined || unit.masked) continue
    add(name, unit.fragment)
    for (const one of unit.settings) {
      if (one.path === unit.fragment || one.value === '') continue
      if (/^(?:Exec|Listen)/.test(one.key)) add(name, one.path, { line: one.line, text: one.text.trim() })
    }
  }
  for (const directory of directories) {
    for (const name of image.list(directory)) {
      const path = `${directory}/${name}`
      if (runs(image, directory, path)) add(path, path)
    }
  }
  for (const path of ['/etc/rc.local', '/etc/rc.d/rc.local']) {
    if (isExecutable(image, path)) add(path, path)
  }
  for (const name of image.list('/etc/init.d')) {
    const unit = `${name.replace(/\.sh$/, '')}.service`
    const shadowed = unitDirectories.some((one) => image.lstat(`${one}/${unit}`) !== undefined)
    if (!shadowed && initScriptOf(image, `${name}.service`) !== undefined) add(unit, `/etc/init.d/${name}`)
  }
  if ([...reached].some((name) => /^(?:cron|crond|cronie|anacron|systemd-cron)\b/.test(name))) {
    for (const directory of cronDirectories)
      for (const name of image.list(directory)) add(`${directory}/${name}`, `${directory}/${name}`)
    if (image.stat('/etc/crontab')) add('/etc/crontab', '/etc/crontab')
  }
  return Promise.all(found)
}

function runs(image: Image, directory: string, path: string): boolean {
  if (image.stat(path)?.type !== 'file' || isMasked(image, path)) return false
  if (directory.endsWith('tmpfiles.d')) return path.endsWith('.conf')
  if (directory.endsWith('rules.d')) return path.endsWith('.rules')
  return directory.endsWith('-hooks') || directory.endsWith('-hooks.d') || isExecutable(image, path)
}

function isExecutable(image: Image, path: string): boolean {
  const entry = image.stat(path)
  return entry?.type === 'file' && (entry.mode & 0o111) !== 0
}
