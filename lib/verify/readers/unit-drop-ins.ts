import type { Image } from '../../image/image.ts'
import type { CheckContext } from '../check-context.ts'
import { systemdBytes, systemdSeconds } from '../quantities.ts'
import type { IniSetting } from './ini.ts'
import { seen } from './lines.ts'
import { readPackageFiles, realPath } from './package-files.ts'
import { splitCommand } from './unit-commands.ts'
import type { Unit } from './unit-file.ts'
import type { Obstacle } from './unit-obstacles.ts'

/** Another root, file system, network, identity or set of rights than the unit was written for (systemd.exec(5)). */
const elsewhere =
  /^(?:Root(?:Directory|Image|Ephemeral)|MountImages|Extension(?:Images|Directories)|PrivateNetwork|NetworkNamespacePath|IPCNamespacePath|JoinsNamespaceOf|User|Group|DynamicUser|PrivateUsers|PrivatePIDs|CapabilityBoundingSet|SystemCallFilter|SystemCallArchitectures|RestrictAddressFamilies|RestrictNamespaces|RestrictFileSystems|ProtectKernel(?:Tunables|Modules|Logs)|ProtectClock|PrivateDevices|DevicePolicy|ProcSubset|PAMName|AppArmorProfile|SELinuxContext|SmackProcessLabel)$/

/** Limits it runs into at once or after a while, and where its records are lost (systemd.exec(5), systemd.service(5)). */
const limits = /^(?:RuntimeMaxSec|WatchdogSec|IPAddressDeny|LogLevelMax|LogFilterPatterns|LogNamespace)$/

/** Limits with which a service of the system still runs; what is smaller may end it. */
const least: Readonly<Record<string, number>> = {
  LimitFSIZE: 2 ** 20,
  LimitNOFILE: 64,
  LimitAS: 2 ** 24,
  LimitDATA: 2 ** 24,
  LimitNPROC: 4,
  LimitCPU: 3600,
  MemoryMax: 2 ** 23,
  MemoryHigh: 2 ** 23,
  MemoryLimit: 2 ** 23,
  TasksMax: 4
}

/** What a unit gets handed that programs of the system take orders from. */
const handed = /^(?:(?:Set|Load|Import)Credential(?:Encrypted)?|PassEnvironment)$/

const paths =
  /^(?:Bind(?:ReadOnly)?Paths|TemporaryFileSystem|(?:Inaccessible|ReadOnly|ReadWrite|NoExec)(?:Paths|Directories))$/

/** Options that give the unit mounts of its own, so that what it mounts stays with it. */
const ownMounts =
  /^(?:Private(?:Mounts|Tmp|Devices|IPC)|Protect(?:System|Home|KernelTunables|KernelModules|ControlGroups|Proc)|MountFlags|MountAPIVFS|Bind(?:ReadOnly)?Paths|TemporaryFileSystem|(?:Inaccessible|ReadOnly|ReadWrite|NoExec|Exec)Paths)$/

const day = 86_400

/**
 * What drop-ins of no package do to a unit so that nobody can say it still does its work: the unit itself is that of its
 * package, but it runs somewhere else, as somebody else or against a limit. Empty, `no` and `infinity` do nothing.
 */
export async function dropInObstacles(context: CheckContext, unit: Unit): Promise<readonly Obstacle[]> {
  const suspects = unit.settings.filter((one) => one.path !== unit.fragment && mayHinder(one, unit))
  if (suspects.length === 0) return []
  const files = await context.read(readPackageFiles)
  const found: Obstacle[] = []
  for (const one of suspects) {
    if ((await files.intactFrom(realPath(context.image, one.path))) !== undefined) continue
    const message = `${one.key}=${one.value} of a drop-in of no package may keep it from its work`
    found.push({ status: surely(context.image, one) ? 'fail' : 'unknown', message, evidence: seen(one) })
  }
  return found
}

function isNoReset(value: string): boolean {
  return !/^(?:|no|off|false|0|n|f|infinity|root|auto|inherit|journal)$/i.test(value)
}

function mayHinder({ key, value }: IniSetting, unit: Unit): boolean {
  // Emptied, it takes every right away.
  if (key === 'CapabilityBoundingSet' && value === '') return true
  const floor = least[key]
  if (floor !== undefined) return (systemdBytes(value.replace(/:.*$/, '')) ?? floor) < floor
  if (!isNoReset(value)) return false
  if (paths.test(key) && value.split(/\s+/).some(isOfTheSystem)) return true
  if (ownMounts.test(key) && mounts(unit)) return true
  if (key === 'ProtectSystem') return value === 'strict'
  if (key === 'Environment') return leads(value)
  if (key === 'EnvironmentFile') return true
  if (key === 'WorkingDirectory') return value.startsWith('/')
  if (/^(?:RandomizedDelaySec|AccuracySec)$/.test(key)) return !((systemdSeconds(value) ?? day + 1) <= day)
  if (/^Standard(?:Output|Error)$/.test(key)) return value === 'null'
  if (/^Timeout(?:Start)?Sec$|^Job(?:Running)?TimeoutSec$/.test(key)) return (systemdSeconds(value) ?? 0) < 10
  return elsewhere.test(key) || limits.test(key) || handed.test(key)
}

/** Certain without the device: a file that must be there and is not. */
function surely(image: Image, { key, value }: IniSetting): boolean {
  if (key === 'EnvironmentFile')
    return !/^-|[*?[%]/.test(value) && value.startsWith('/') && image.stat(value) === undefined
  if (key === 'WorkingDirectory')
    return value.startsWith('/') && !value.includes('%') && image.stat(value) === undefined
  return false
}

/** Variables by which a program loads or reads something else (ld.so(8), openssl-env(7), systemd's own). */
function leads(value: string): boolean {
  return splitCommand(` ${value}`).some((word) =>
    /^(?:LD_|OPENSSL_|GCONV_PATH|SYSTEMD_|GNUTLS_|APT_CONFIG|PATH|BASH_ENV|ENV|PYTHON|PERL)\w*=/.test(word)
  )
}

/** A path with system files in it, or one of a list such as `/opt/x:/etc/ssh`. */
function isOfTheSystem(word: string): boolean {
  return word
    .replace(/^[-+]+/, '')
    .split(':')
    .some((path) =>
      /^\/(?:$|(?:etc|usr|bin|sbin|lib\w*|proc|sys|dev|run)(?:\/|$)|var(?:$|\/(?:log|lib)(?:\/|$)))/.test(
        path
      )
    )
}

function mounts(unit: Unit): boolean {
  return unit.values('Service', 'ExecStart').some(({ value }) => /(?:^|\/)(?:u?mount|swapon)\b/.test(value))
}
