import { describe, expect, test } from 'vitest'
import { anyDeadEnd, deadEndIn, failedUnitsIn } from '../../lib/boot/dead-ends.ts'

describe('a console that says the boot is over', () => {
  test.each([
    [
      'BdsDxe: failed to load Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x4,0x0): Access Denied',
      'not signed'
    ],
    ['UEFI Interactive Shell v2.2', 'nothing to boot'],
    ['[    1.9] Kernel panic - not syncing: VFS: Unable to mount root fs', 'panicked'],
    ['Gave up waiting for root file system device.  Common problems:', 'root file system'],
    ['You are in emergency mode. After logging in, type "journalctl -xb"', 'emergency mode']
  ])('%s', (line, meaning) => {
    expect(deadEndIn(line)).toContain(meaning)
    expect(anyDeadEnd.test(`before\n${line}\nafter`)).toBe(true)
  })

  test.each([
    'BdsDxe: failed to load Boot0001 "UEFI QEMU DVD-ROM QM00005 " from PciRoot(0x0)/Pci(0x1F,0x2): Not Found',
    '[FAILED] Failed to start ssh.service - OpenBSD Secure Shell server.',
    'Kernel command line: panic=30'
  ])('but not: %s', (line) => {
    expect(deadEndIn(line)).toBeUndefined()
    expect(anyDeadEnd.test(line)).toBe(false)
  })
})

test('failed units are named once each', () => {
  const text = [
    '[  OK  ] Reached target multi-user.target - Multi-User System.',
    '[FAILED] Failed to start ssh.servic…[0m - OpenBSD Secure Shell server.',
    "See 'systemctl status ssh.service' for details.",
    '[FAILED] Failed to start ssh.servic…[0m - OpenBSD Secure Shell server.',
    '[FAILED] Failed to mount data.mount - /data.'
  ].join('\n')
  expect(failedUnitsIn(text)).toEqual(['ssh.servic… - OpenBSD Secure Shell server', 'data.mount - /data'])
})
