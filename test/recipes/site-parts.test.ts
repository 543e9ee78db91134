import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { allParts, ca, key, renderSite } from './site-source.ts'

/** Puts a site's files together as debian/rules does. */
async function assemble(given: Record<string, string>) {
  const directory = temporaryDirectory()
  const source = join(directory, 'source')
  await renderSite(given, source)
  const done = spawnSync('sh', [join(source, 'assemble'), join(directory, 'out')], { encoding: 'utf8' })
  const at = (path: string) => join(directory, 'out', path)
  return {
    code: done.status,
    message: done.stderr,
    has: (path: string) => existsSync(at(path)),
    text: (path: string) => readFileSync(at(path), 'utf8'),
    made: (path: string) => readFileSync(join(source, path), 'utf8')
  }
}

/** nft's own opinion of a rule set, in a network of its own. */
function nftRefuses(rules: string): string {
  const done = spawnSync('sh', ['-c', 'exec unshare --net nft -c -f -'], { input: rules, encoding: 'utf8' })
  return done.status === 0 ? '' : done.stderr
}

describe('the parts of a site', () => {
  it('are all there is of a site', async () => {
    const site = await assemble({ KAS_HARDEN_SITE_PARTS: 'journal' })
    expect(site.code, site.message).toBe(0)
    expect(site.has('etc/systemd/journald.conf.d/60-kas-harden-site.conf')).toBe(true)
    expect(site.has('etc/kas-harden')).toBe(false)
    expect(site.has('etc/ssh')).toBe(false)
    expect(site.made('debian/site-depends').trim()).toBe('libpam-runtime, kas-harden-journal')
    expect(site.made('debian/kas-harden-site.displace')).toBe('')
    // a file an older version diverted for a part that is gone is given back
    expect(site.made('debian/kas-harden-site.undisplace')).toContain('/etc/audit/auditd.conf.kas-harden')
  })

  it('take part in the dependencies of the package', async () => {
    const site = await assemble({})
    expect(site.code, site.message).toBe(0)
    for (const name of ['pam', 'ssh', 'firewall', 'audit', 'time', 'time-authentic', 'integrity', 'banner']) {
      expect(site.made('debian/site-depends')).toContain(`kas-harden-${name}`)
    }
  })

  it('ask only authenticated servers where the site wants authentic time', async () => {
    const plain = await assemble({ KAS_HARDEN_SITE_PARTS: 'time' })
    expect(plain.text('etc/chrony/sources.d/kas-harden.sources')).toContain('server ntp.example.org iburst\n')
    const authentic = await assemble({ KAS_HARDEN_SITE_PARTS: 'time time-authentic' })
    expect(authentic.text('etc/chrony/sources.d/kas-harden.sources')).toBe(
      'server ntp.example.org iburst nts\nserver 192.0.2.7 iburst nts\nserver 2001:db8::7 iburst nts\n'
    )
  })

  it('list what is backed up, reset and erased, a path a line', async () => {
    const site = await assemble({ KAS_HARDEN_SITE_PARTS: 'backup erase', KAS_HARDEN_BACKUP_PATHS: '/etc  /var/lib/app' })
    expect(site.code, site.message).toBe(0)
    expect(site.text('etc/kas-harden/backup.paths')).toBe('/etc\n/var/lib/app\n')
    expect(site.text('etc/kas-harden/reset.paths')).toBe('/var/tmp\n')
    expect(site.text('etc/kas-harden/erase.paths').split('\n')).toContain('/var/log')
  })

  it('list the modules of the kernel, and after what no other is loaded', async () => {
    const site = await assemble({
      KAS_HARDEN_SITE_PARTS: 'modules',
      KAS_HARDEN_KERNEL_MODULES: 'nf_tables  nls-ascii',
      KAS_HARDEN_KERNEL_MODULES_LOCK_AFTER: 'product.service'
    })
    expect(site.code, site.message).toBe(0)
    expect(site.text('etc/modules-load.d/60-kas-harden-site.conf')).toBe('nf_tables\nnls-ascii\n')
    const unit = 'etc/systemd/system/kas-harden-modules.service.d/60-kas-harden-site.conf'
    expect(site.text(unit)).toContain('[Unit]\nAfter=product.service\n')
  })

  it('name one receiver of records, and who vouches for it', async () => {
    const site = await assemble({ KAS_HARDEN_SITE_PARTS: 'log-forward', KAS_HARDEN_LOG_PORT: '16514' })
    expect(site.code, site.message).toBe(0)
    expect(site.text('etc/rsyslog.conf.kas-harden')).toMatch(/^\ttarget="logs\.example\.org"\n\tport="16514"$/m)
    const pem = site.text('etc/kas-harden/log-ca.pem')
    expect(pem.split('\n').slice(1, -2).join(' ')).toBe(ca)
    expect(new X509Certificate(pem).subject).toBe('CN=CA of a test')
  })

  it('give every person a file with all of their keys', async () => {
    const site = await assemble({ KAS_HARDEN_SITE_PARTS: 'ssh' })
    expect(site.text('etc/ssh/authorized_keys.d/op')).toBe(`${key} op one\n${key} op two\n`)
    expect(site.text('etc/ssh/authorized_keys.d/maint_1')).toBe(`${key}\n`)
  })

  it('show the notice on the console and over ssh, line by line', async () => {
    const site = await assemble({ KAS_HARDEN_SITE_PARTS: 'banner', KAS_HARDEN_BANNER_TEXT: 'Keep out.|You & me.' })
    expect(site.text('etc/issue.kas-harden')).toBe('Keep out.\nYou & me.\n\n')
    expect(site.text('etc/issue.net.kas-harden')).toBe(site.text('etc/issue.kas-harden'))
  })

  it.each([
    ['a part there is not', { KAS_HARDEN_SITE_PARTS: 'journal pann' }, 'there is no part "pann"'],
    ['a path for a part', { KAS_HARDEN_SITE_PARTS: '../..' }, 'is not the name of a part'],
    ['a limit out of bounds', { KAS_HARDEN_LOCKOUT_DENY: '50' }, 'lockout.deny = "50" is not in 3..10'],
    ['a limit that is no number', { KAS_HARDEN_SESSION_TIMEOUT: '15min' }, 'session.timeout = "15min"'],
    ['two words for a number', { KAS_HARDEN_PASSWORD_REMEMBER: '5 debug' }, 'password.remember'],
    ['an empty limit', { KAS_HARDEN_PASSWORD_MINLEN: '' }, 'password.minlen'],
    ['a size without a unit', { KAS_HARDEN_JOURNAL_SYSTEM_MAX_USE: '200' }, 'is not a size like 200M'],
    ['a percentage without its sign', { KAS_HARDEN_AUDIT_SPACE_LEFT: '25' }, 'is not a percentage like 25%'],
    ['a second line in a schedule', { KAS_HARDEN_INTEGRITY_SCHEDULE: 'daily\nUnit=x' }, 'has the unknown type'],
    ['a path that leads up', { KAS_HARDEN_BACKUP_PATHS: '/etc /home/../..' }, 'backup.paths = "/home/../.." is not an absolute path'],
    ['the whole system as its state', { KAS_HARDEN_BACKUP_PATHS: '/' }, 'backup.paths = "/" is not an absolute path'],
    ['a path with a pattern', { KAS_HARDEN_ERASE_PATHS: '/home /var/*' }, 'erase.paths = "/var/*" is not an absolute path'],
    ['nothing to erase', { KAS_HARDEN_ERASE_PATHS: '' }, 'erase.paths = "" names no path'],
    ['a module with a path', { KAS_HARDEN_KERNEL_MODULES: 'vfat ../x' }, 'kernel.modules = "../x" is not the name of a kernel module'],
    ['no module', { KAS_HARDEN_KERNEL_MODULES: '' }, 'kernel.modules = "" names no module'],
    ['a lock after no unit', { KAS_HARDEN_KERNEL_MODULES_LOCK_AFTER: 'later' }, 'kernel.modules_lock_after = "later" is not the name of a unit'],
    ['a receiver that ends the string', { KAS_HARDEN_LOG_SERVER: 'a"' }, 'log.server = "a"" is not a host'],
    ['no receiver', { KAS_HARDEN_LOG_SERVER: '' }, 'log.server'],
    ['a CA that is text', { KAS_HARDEN_LOG_CA: 'bm8gY2VydGlmaWNhdGU=' }, 'log.ca is not the base64 text of a certificate'],
    ['a CA that is cut off', { KAS_HARDEN_LOG_CA: ca.split(' ').slice(0, -1).join(' ') }, 'log.ca is not the base64 text of a certificate'],
    ['no CA', { KAS_HARDEN_LOG_CA: '' }, 'log.ca is not the base64 text of a certificate'],
    ['nobody who may reach the device', { KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '' }, 'names no network'],
    ['a network that is none', { KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '10.0.0.0/8 host' }, '"host" is not an IPv4 or IPv6 network'],
    ['an address beyond 255', { KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '10.0.0.256' }, 'is not an IPv4 or IPv6 network'],
    ['a prefix beyond 32', { KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '10.0.0.0/33' }, 'is not an IPv4 or IPv6 network'],
    ['rules in a network', { KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '10.0.0.0/8};#' }, 'is not an IPv4 or IPv6 network'],
    ['no time server', { KAS_HARDEN_TIME_SERVERS: '' }, 'names no server'],
    ['an option for a time server', { KAS_HARDEN_TIME_SERVERS: 'a;b' }, 'is not a host or an address'],
    ['options before a key', { KAS_HARDEN_SSH_AUTHORIZED_KEYS: `op command="sh" ${key}` }, 'has no type of key'],
    ['a path for a user', { KAS_HARDEN_SSH_AUTHORIZED_KEYS: `../op ${key}` }, 'does not begin with the name of a user'],
    ['a private key', { KAS_HARDEN_SSH_AUTHORIZED_KEYS: 'op -----BEGIN OPENSSH' }, 'has no type of key'],
    ['no notice', { KAS_HARDEN_BANNER_TEXT: ' | ' }, 'banner.text is empty'],
    ['a notice that tells the version', { KAS_HARDEN_BANNER_TEXT: 'Debian \\r' }, 'holds a backslash'],
    ['a value nobody set', { KAS_HARDEN_BANNER_TEXT: '${KAS_HARDEN_OWNER}' }, 'still holds a placeholder']
  ])('refuse %s', async (_, given, message) => {
    const site = await assemble(given)
    expect(site.code).not.toBe(0)
    expect(site.message).toContain(message)
  })
})

describe('management networks', () => {
  const v4 = fc
    .tuple(fc.ipV4(), fc.option(fc.integer({ min: 0, max: 32 })))
    .map(([address, prefix]) => (prefix === null ? address : `${address}/${prefix}`))
  const v6 = fc
    .tuple(fc.ipV6(), fc.option(fc.integer({ min: 0, max: 128 })))
    .filter(([address]) => !address.includes('.')) // nftables knows no dotted end
    .map(([address, prefix]) => (prefix === null ? address : `${address}/${prefix}`))
  const site = (networks: string) =>
    assemble({ KAS_HARDEN_SITE_PARTS: 'firewall', KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: networks })

  it('of both families, mixed and overlapping, are sorted into rules nft accepts', async () => {
    const networks = fc.array(fc.oneof(v4, v6), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(networks, async (list) => {
        const { code, message, text } = await site(list.join(' '))
        expect(code, message).toBe(0)
        const rules = text('etc/kas-harden/firewall.nft')
        expect(nftRefuses(rules)).toBe('')
        for (const network of list) expect(rules).toContain(network)
      }),
      { numRuns: 20 }
    )
  })

  // A rule set nft refuses at boot would close the device to its owner.
  it('that nft would refuse are refused when the package is built', async () => {
    const nearly = fc
      .tuple(fc.oneof(v4, v6), fc.nat({ max: 40 }), fc.constantFrom(...Array.from('0123456789abcdefg:./% ,-')), fc.boolean())
      .map(([text, at, letter, replace]) => text.slice(0, at) + letter + text.slice(at + (replace ? 1 : 0)))
    await fc.assert(
      fc.asyncProperty(nearly, async (network) => {
        const { code, text } = await site(network)
        if (code === 0) expect(nftRefuses(text('etc/kas-harden/firewall.nft'))).toBe('')
      }),
      { numRuns: 60 }
    )
  })
})

it('there is a part for every folder', () => {
  expect(allParts).toEqual([
    ...['accounts', 'audit', 'backup', 'banner', 'erase', 'firewall', 'integrity', 'journal', 'log-forward', 'modules'],
    ...['pam', 'password-lifetime', 'session', 'session-limits', 'ssh', 'tamper', 'time', 'time-authentic', 'watchdog']
  ])
})
