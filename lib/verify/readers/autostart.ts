import type { CheckContext } from '../check-context.ts'
import type { Image } from '../../image/image.ts'
import { isMasked } from './glob.ts'
import { coveringMounts } from './covering-mounts.ts'
import { initScriptOf } from './init-scripts.ts'
import { parseKeyValue } from './key-value.ts'
import type { Setting } from './lines.ts'
import { readLines } from './lines.ts'
import { readPackageFiles, realPath } from './package-files.ts'
import { readSysctl } from './sysctl.ts'
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
  '/etc/network/if-down.d',
  '/etc/network/if-post-down.d',
  ...['carrier', 'configured', 'configuring', 'degraded', 'dormant', 'no-carrier', 'off', 'routable'].flatMap(
    (state) => [`/etc/networkd-dispatcher/${state}.d`, `/usr/lib/networkd-dispatcher/${state}.d`]
  ),
  '/etc/NetworkManager/dispatcher.d',
  '/usr/lib/NetworkManager/dispatcher.d',
  '/etc/binfmt.d',
  '/usr/local/lib/binfmt.d',
  '/usr/lib/binfmt.d',
  '/etc/credstore',
  '/etc/credstore.encrypted',
  '/usr/lib/credstore',
  '/usr/lib/credstore.encrypted'
] as const

/** Credentials that programs of systemd, getty and login take orders from (systemd.system-credentials(7)). */
const orders =
  /^(?:agetty|login|passwd|tmpfiles|sysctl|sysusers|udev|network|ssh|shell|tty|firstboot|home|userdb|systemd|fstab|veritytab|journal|getty|import|vmm|vconsole)\b/

const cronDirectories = [
  '/etc/cron.d',
  '/var/spool/cron/crontabs',
  ...['hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((often) => `/etc/cron.${often}`)
] as const

/**
 * Lists what starts by itself at a boot: units that are started or that a socket, timer or path starts, with every
 * drop-in that gives them a command or a listening address; generators, init scripts without a unit, rc.local,
 * files of tmpfiles.d, udev and binfmt.d, hooks of the network, credentials of systemd's own programs, programs that the
 * kernel or auditd starts; tables of cron where cron is started; and mounts and extensions that cover what we read.
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
      for (const name of image.list(directory))
        // run-parts takes nothing with a dot.
        if (!name.includes('.')) add(`${directory}/${name}`, `${directory}/${name}`)
    if (image.stat('/etc/crontab')) add('/etc/crontab', '/etc/crontab')
  }
  for (const { path, line, text, name } of [
    ...(await coveringMounts(context)),
    ...(await programsOfTheKernel(context)),
    ...(await auditPlugins(context))
  ])
    add(name, path, { line, text: text.trim() })
  for (const name of extensionsOf(image, reached)) add(name, name)
  return Promise.all(found)
}

/** Trees laid over /usr and /etc, where the units that do it are started (systemd-sysext(8)). */
function extensionsOf(image: Image, reached: ReadonlySet<string>): readonly string[] {
  const kinds = [
    [
      'systemd-sysext.service',
      ['/etc/extensions', '/var/lib/extensions', '/usr/local/lib/extensions', '/usr/lib/extensions']
    ],
    [
      'systemd-confext.service',
      ['/etc/confexts', '/var/lib/confexts', '/usr/local/lib/confexts', '/usr/lib/confexts']
    ]
  ] as const
  return kinds.flatMap(([unit, directories]) =>
    reached.has(unit)
      ? directories.flatMap((directory) => image.list(directory).map((name) => `${directory}/${name}`))
      : []
  )
}

/** Settings by which the kernel itself starts a program as root (sysctl/kernel of the kernel's documentation). */
async function programsOfTheKernel(context: CheckContext): Promise<readonly (Setting & { name: string })[]> {
  const { settings } = await context.read(readSysctl)
  return settings
    .filter(
      ({ key, value }) =>
        (key === 'kernel/modprobe' && !/^\/(?:usr\/)?sbin\/modprobe$/.test(value) && value !== '') ||
        (key === 'kernel/core_pattern' && value.startsWith('|')) ||
        /^kernel\/(?:hotplug|poweroff_cmd)$/.test(key)
    )
    .map((one) => ({ ...one, name: `${one.key.replaceAll('/', '.')}=${one.value}` }))
}

/** Programs that auditd starts with itself (auditd-plugins(5)). */
async function auditPlugins({ image }: CheckContext): Promise<readonly (Setting & { name: string })[]> {
  const own = parseKeyValue((await readLines(image, '/etc/audit/auditd.conf')) ?? [], { ignoreCase: true })
  const directory = own.findLast(({ key }) => key === 'plugin_dir')?.value ?? '/etc/audit/plugins.d'
  const found: (Setting & { name: string })[] = []
  for (const name of image.list(directory).filter((one) => one.endsWith('.conf'))) {
    const settings = parseKeyValue((await readLines(image, `${directory}/${name}`)) ?? [], {
      ignoreCase: true
    })
    const active = settings.findLast(({ key }) => key === 'active')
    if (active?.value.toLowerCase() === 'yes') found.push({ ...active, name: `${directory}/${name}` })
  }
  return found
}

function runs(image: Image, directory: string, path: string): boolean {
  if (image.stat(path)?.type !== 'file' || isMasked(image, path)) return false
  if (directory.endsWith('tmpfiles.d')) return path.endsWith('.conf')
  if (directory.endsWith('binfmt.d')) return path.endsWith('.conf')
  if (directory.includes('/credstore')) return orders.test(path.slice(path.lastIndexOf('/') + 1))
  if (directory.endsWith('rules.d')) return path.endsWith('.rules')
  return directory.endsWith('-hooks') || directory.endsWith('-hooks.d') || isExecutable(image, path)
}

function isExecutable(image: Image, path: string): boolean {
  const entry = image.stat(path)
  return entry?.type === 'file' && (entry.mode & 0o111) !== 0
}
