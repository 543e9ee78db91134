import { describe, expect, test } from 'vitest'
import { qemuArguments, type MachineDescription } from '../../lib/boot/qemu-arguments.ts'

const machine: MachineDescription = {
  disk: '/images/a, b.wic',
  firmware: { code: '/fw/code.fd', vars: '/run/vars.fd' },
  console: '/run/console',
  sshPort: 2201,
  accelerator: 'tcg',
  network: 'isolated',
  cpus: 2,
  memory: 1024
}

/** The values given to an option, in order. */
function values(option: string, change: Partial<MachineDescription> = {}): string[] {
  const words = qemuArguments({ ...machine, ...change })
  return words.flatMap((word, index) => (word === option ? [words[index + 1]!] : []))
}

describe('the machine', () => {
  test('never writes the disk, and a comma in its path stays a comma', () => {
    expect(values('-drive')).toContain('if=none,id=disk,format=raw,snapshot=on,file=/images/a,, b.wic')
  })

  test('the firmware program is read only, its variables are not', () => {
    expect(values('-drive')).toContain('if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd')
    expect(values('-drive')).toContain('if=pflash,unit=1,format=raw,file=/run/vars.fd')
  })

  test('uses TCG unless KVM was asked for', () => {
    expect(values('-accel')).toEqual(['tcg,thread=multi,tb-size=512'])
    expect(values('-cpu')).toEqual(['max'])
    expect(values('-accel', { accelerator: 'kvm' })).toEqual(['kvm'])
  })

  test('is reached over loopback only, and reaches the network only when opened', () => {
    expect(values('-netdev')).toEqual(['user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:2201-:22'])
    expect(values('-netdev', { network: 'open' })).toEqual([
      'user,id=net,restrict=off,hostfwd=tcp:127.0.0.1:2201-:22'
    ])
  })

  test('has no monitor, no display, no default devices, and ends on reboot', () => {
    expect(values('-monitor')).toEqual(['none'])
    expect(values('-display')).toEqual(['none'])
    expect(qemuArguments(machine)).toEqual(
      expect.arrayContaining(['-nodefaults', '-no-reboot', '-no-user-config'])
    )
  })

  test('hands over credentials as SMBIOS strings', () => {
    expect(values('-smbios', { credentials: { 'tmpfiles.extra': 'f /a - - - - b, c\n' } })).toEqual([
      `type=11,value=io.systemd.credential.binary:tmpfiles.extra=${Buffer.from('f /a - - - - b, c\n').toString('base64')}`
    ])
    expect(values('-smbios')).toEqual([])
  })
})
