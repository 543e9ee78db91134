import { createHash } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tryIn } from './debian-tree.ts'
import { recipes } from './site-source.ts'

const schema = join(recipes, 'kas-harden-settings/files/root/usr/share/kas-harden/report.schema.json')

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A device after its first start. */
const started = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin; /usr/libexec/kas-harden/device-key'

/** What the programs of a device do that nobody asks at a build: its key and its report. */
export function describeDevice(target: () => string): void {
  describe('the key of the device', () => {
    it('is made once, is closed to others and belongs to its public half', () => {
      const { output } = tryIn(
        target(),
        `cd /var/lib; mkdir -p kas-harden/device; echo half > kas-harden/device/key.pem.new
        ${started}; cd kas-harden/device; sha256sum key.pem > /tmp/first; ${started}; sha256sum -c /tmp/first
        stat -c '%a %n' . key.pem public.pem certificate.pem; ls | wc -l
        openssl pkey -in key.pem -pubout | cmp - public.pem && openssl x509 -in certificate.pem -pubkey -noout | cmp - public.pem && echo pair`
      )
      expect(output.trim().split('\n')).toEqual([
        ...['key.pem: OK', '755 .', '600 key.pem', '644 public.pem', '644 certificate.pem', '3', 'pair']
      ])
    })

    it('is made anew where the first start was interrupted', () => {
      const { output } = tryIn(
        target(),
        `mkdir /stand-ins; printf '#!/bin/sh\\ncase $* in *x509*) kill -9 $PPID;; esac; exec /usr/bin/openssl "$@"\\n' > /stand-ins/openssl; chmod +x /stand-ins/openssl
        (PATH=/stand-ins:$PATH /usr/libexec/kas-harden/device-key; echo $?) 2> /dev/null
        ls /var/lib/kas-harden/device | grep -c 'pem$'; ${started}; cd /var/lib/kas-harden/device && openssl pkey -in key.pem -pubout | cmp - public.pem && ls`
      )
      expect(output.trim().split('\n')).toEqual(['137', '0', 'certificate.pem', 'key.pem', 'public.pem'])
    })
  })

  describe('the report of the settings', () => {
    it('has the published form, names what it could not read and what protects the device, and has no secret', () => {
      const { code, output } = tryIn(
        target(),
        `${started}; mkdir -p /run/sshd; ssh-keygen -A > /dev/null; useradd op; echo 'op:Correct-Horse7battery' | chpasswd
        mkdir -p /var/lib/aide; echo database > /var/lib/aide/aide.db; touch -d 2026-11-22T01:02:03Z /var/lib/aide/aide.db
        printf '#!/bin/sh\\necho "ClamAV 1.4.3/27450/Sun Nov 22 08:41:01 2026"\\n' > /usr/bin/clamscan; chmod +x /usr/bin/clamscan
        kas-harden-report --nonce 'a "quoted\\" text'`
      )
      expect(code, output).toBe(0)
      const report = JSON.parse(output) as Record<string, unknown> & {
        accounts: { name: string; password: string }[]
        packages: { name: string }[]
        unavailable: { section: string; reason: string }[]
        sshd: Record<string, string[]>
        protection: Record<string, string>[]
      }
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(schema, 'utf8')) as object)
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true)
      expect(report['nonce']).toBe('a "quoted\\" text')
      expect(report.sshd['permitrootlogin']).toEqual(['no'])
      expect(report.accounts.find(({ name }) => name === 'op')).toMatchObject({ password: 'set' })
      expect(report.packages.map(({ name }) => name)).toContain('kas-harden-device')
      const protection = new Map(report.protection.map((one) => [one['name'], one]))
      expect(protection.get('kernel')?.['version']).toMatch(/^\d+\./)
      expect(protection.get('aide')).toMatchObject({ data: '/var/lib/aide/aide.db', date: '2026-11-22T01:02:03Z' })
      expect(protection.get('aide')?.['sha256']).toBe(digest('database\n'))
      expect(protection.get('clamscan')).toMatchObject({ version: 'ClamAV 1.4.3', date: '27450/Sun Nov 22 08:41:01 2026' })
      expect(protection.get('fapolicyd')).toMatchObject({ version: 'none', sha256: '' })
      expect(protection.get('nftables')?.['sha256']).toMatch(/^[0-9a-f]{64}$/)
      expect(output).not.toMatch(/\$y\$|PRIVATE KEY/)
      // nobody runs a kernel with audit or chrony in here
      const missing = report.unavailable.map(({ section }) => section)
      expect(missing).toEqual(expect.arrayContaining(['image', 'time']))
      for (const section of missing) expect(report[section]).toBeUndefined()
    })

    it('is signed, and a changed one or one of another device is refused', () => {
      const { output } = tryIn(
        target(),
        `kas-harden-report --output /tmp/none; ls /tmp/none* 2> /dev/null
        ${started}; cd /tmp; kas-harden-report --public-key > pub; kas-harden-report --output r
        kas-harden-report --verify r --key pub && openssl dgst -sha256 -verify pub -signature r.sig r
        stat -c %a r; cp r.sig x.sig; sed 's/"locked"/"set"/' r > x; kas-harden-report --verify x --key pub
        rm -r /var/lib/kas-harden/device; ${started}; kas-harden-report --verify r --key /var/lib/kas-harden/device/public.pem
        kas-harden-report --frobnicate 2> /dev/null; echo $?; setpriv --reuid 65534 kas-harden-report; echo $?`
      )
      expect(output.trim().split('\n')).toEqual([
        'kas-harden-report: this device has no key: start kas-harden-device-key.service',
        'Verified OK',
        '600',
        'kas-harden-report: x.sig is not the signature of x by pub',
        'kas-harden-report: r.sig is not the signature of r by /var/lib/kas-harden/device/public.pem',
        '2',
        'kas-harden-report: only root may read all settings',
        '1'
      ])
    })
  })
}
