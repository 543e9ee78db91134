import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KasProject } from './kas-project.ts'

/** Machines of isar and isar-cip-core with the DISTRO_ARCH their conf/machine/<name>.conf sets. */
const machines: Readonly<Record<string, string>> = {
  qemuamd64: 'amd64',
  'qemuamd64-cip': 'amd64',
  'qemuamd64-sb': 'amd64',
  'container-amd64': 'amd64',
  qemuarm64: 'arm64',
  qemuarm: 'armhf',
  qemui386: 'i386',
  qemuriscv64: 'riscv64',
  'qemu-amd64': 'amd64',
  'x86-uefi': 'amd64',
  'x86-pc': 'amd64',
  'qemu-arm64': 'arm64',
  'hihope-rzg2m': 'arm64',
  'ti-am62x-sk': 'arm64',
  'ti-am62px-sk': 'arm64',
  'ti-am64x-sk': 'arm64',
  iot2050: 'arm64',
  'qemu-arm': 'armhf',
  bbb: 'armhf',
  iwg20m: 'armhf',
  'de0-nano-soc': 'armhf',
  'qemu-riscv64': 'riscv64',
  'beaglev-fire': 'riscv64'
}

/**
 * The Debian architecture of the project's machine: what its conf/machine/<machine>.conf says in a layer that is
 * on this machine, else what we know of isar's and CIP's own machines; undefined otherwise.
 */
export function architectureOf(project: Pick<KasProject, 'machine' | 'repos'>): string | undefined {
  const machine = project.machine
  if (machine === undefined || !/^[\w.+-]+$/.test(machine)) return undefined
  for (const layer of project.repos.flatMap((repo) => repo.layers)) {
    const file = join(layer, 'conf', 'machine', `${machine}.conf`)
    if (!existsSync(file)) continue
    const arch = /^DISTRO_ARCH\s*\??\??=\s*["']([a-z0-9]+)["']/m.exec(readFileSync(file, 'utf8'))?.[1]
    if (arch !== undefined) return arch
  }
  return Object.hasOwn(machines, machine) ? machines[machine] : undefined
}
