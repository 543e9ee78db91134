import type { Firmware } from './firmware.ts'

/** What runs the guest's instructions. TCG works everywhere; KVM only after `probeKvm` saw a kernel speak. */
export type Accelerator = 'tcg' | 'kvm'

/** What the guest can reach. `isolated`: nobody, only we reach its ssh port. `open`: also the host's network. */
type GuestNetwork = 'isolated' | 'open'

/** A virtual amd64 machine, completely described. */
export interface MachineDescription {
  /** Absolute path of a raw GPT disk. It is never written: all changes go to an overlay that QEMU drops. */
  disk: string
  firmware: Firmware
  /** Absolute path of a unix socket that somebody listens on; QEMU connects to it. */
  console: string
  /** Port on 127.0.0.1 that leads to port 22 of the guest. */
  sshPort: number
  accelerator: Accelerator
  network: GuestNetwork
  cpus: number
  /** Mebibytes. */
  memory: number
  /**
   * systemd system credentials by name, handed over in SMBIOS type 11 strings (systemd.system-credentials(7)).
   * `tmpfiles.extra` works from systemd 252 (bookworm) on.
   */
  credentials?: Readonly<Record<string, string>>
}

/** A value inside a QEMU option list: a comma would end it, so it is doubled (qemu(1), "-drive"). */
export function qemuValue(text: string): string {
  return text.replaceAll(',', ',,')
}

/** The accelerator and CPU of a machine. `-cpu max` boots a third faster under TCG than qemu64. */
export function acceleratorArguments(accelerator: Accelerator): string[] {
  return accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max']
}

/** Disk, random numbers and network of a machine: virtio, the drivers every Debian kernel has. */
export function deviceArguments(machine: Pick<MachineDescription, 'disk' | 'network' | 'sshPort'>): string[] {
  const restrict = machine.network === 'isolated' ? 'on' : 'off'
  return [
    ...['-drive', `if=none,id=disk,format=raw,snapshot=on,file=${qemuValue(machine.disk)}`],
    ...['-device', 'virtio-blk-pci,drive=disk,bootindex=0'],
    ...['-device', 'virtio-rng-pci'],
    ...['-netdev', `user,id=net,restrict=${restrict},hostfwd=tcp:127.0.0.1:${machine.sshPort}-:22`],
    // No option ROM: a disk that does not boot must fail, not wait for a network boot.
    ...['-device', 'virtio-net-pci,netdev=net,romfile=']
  ]
}

/**
 * Arguments of `qemu-system-x86_64` for a machine without display, monitor and
 * default devices. QEMU ends when the guest reboots. The seccomp sandbox is on,
 * because the image is hostile input.
 */
export function qemuArguments(machine: MachineDescription): string[] {
  const credentials = Object.entries(machine.credentials ?? {}).flatMap(([name, value]) => [
    '-smbios',
    `type=11,value=io.systemd.credential.binary:${qemuValue(name)}=${Buffer.from(value).toString('base64')}`
  ])
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-display', 'none', '-vga', 'none', '-monitor', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-machine', 'q35', ...acceleratorArguments(machine.accelerator)],
    ...['-smp', String(machine.cpus), '-m', String(machine.memory)],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${qemuValue(machine.firmware.code)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${qemuValue(machine.firmware.vars)}`],
    ...['-chardev', `socket,id=console,path=${qemuValue(machine.console)}`, '-serial', 'chardev:console'],
    ...deviceArguments(machine),
    ...credentials
  ]
}
