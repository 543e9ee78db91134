import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import { cipDebs, cipLayer, keptBeside, type Ours } from './cip-debs.ts'
import { putInto, tryIn } from './debian-tree.ts'

/** Every package and part of ours. */
const everything: Ours = {
  install: ['kas-harden-pam', 'kas-harden-ssh', 'kas-harden-firewall', 'kas-harden-site'],
  parts: ['audit', 'banner', 'pam', 'session-limits', 'ssh']
}

/** What the result of both orders is compared by: everything either side may write. */
const state = `
cd /etc && sha256sum pam.d/common-* security/*.conf security/limits.d/* ssh/sshd_config.d/*.conf audit/auditd.conf \
  issue issue.net hostname sysctl.d/* fail2ban/jail.d/*; readlink issue audit/auditd.conf`

const purgeOurs = "dpkg -P $(dpkg-query -Wf '${Package}\\n' 'kas-harden-*') > /tmp/log 2>&1"

/** Removing ours and putting it back starts from Debian's own files. */
const installOurs = 'dpkg -i --force-confdef $(ls /debs/*.deb | grep -v kas-harden-mfa_) > /tmp/ours.log 2>&1'

/**
 * Describes how our packages live with those of isar-cip-core.
 * @param tree of the release, with all packages of ours but kas-harden-mfa installed and their .debs in /debs.
 * @param unlessSkipped skips a test where another release stands for this one.
 */
export function describeCoexistence(tree: () => string, unlessSkipped: (context: TestContext) => void): void {
  const { real } = cipLayer()

  describe(`beside the packages of isar-cip-core (${real ? 'KAS_HARDEN_TEST_CIP' : 'a stand-in'})`, () => {
    beforeAll(() => {
      const work = mkdtempSync(join(tmpdir(), 'kas-harden-cip-'))
      cipDebs(join(work, 'as-they-are'))
      cipDebs(join(work, 'beside-ours'), everything)
      putInto(tree(), 'cip', work)
      rmSync(work, { recursive: true })
    })

    beforeEach(unlessSkipped)

    it('no file is in packages of both', () => {
      const filesOf = (folder: string) =>
        readdirSync(join(tree(), folder))
          .filter((name) => name.endsWith('.deb'))
          .flatMap((name) => {
            const { stdout } = spawnSync('dpkg-deb', ['-c', join(tree(), folder, name)], { encoding: 'utf8' })
            return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('d'))
          })
          .map((line) => line.split(/\s+/)[5]!)
      const ours = filesOf('debs')
      expect(ours.length).toBeGreaterThan(80)
      for (const folder of ['cip/as-they-are', 'cip/beside-ours']) {
        const theirs = filesOf(folder)
        expect(theirs.length).toBeGreaterThan(2)
        expect(theirs.filter((path) => ours.includes(path) || ours.includes(`${path}.kas-harden`))).toEqual([])
      }
    })

    it('the result is the same whichever comes first, and PAM, sshd, auditd and banner are ours', () => {
      const alone = tryIn(tree(), state)
      const oursFirst = tryIn(tree(), `set -e; dpkg -i /cip/beside-ours/*.deb > /tmp/log 2>&1; ${state}`)
      const theirsFirst = tryIn(
        tree(),
        `set -e; ${purgeOurs}; dpkg -i /cip/beside-ours/*.deb > /tmp/log 2>&1; ${installOurs}; ${state}`
      )
      expect(oursFirst.code, oursFirst.output).toBe(0)
      expect(theirsFirst.code, theirsFirst.output).toBe(0)
      expect(theirsFirst.output).toBe(oursFirst.output)
      const lines = oursFirst.output.trim().split('\n')
      for (const line of alone.output.trim().split('\n')) {
        if (!/hostname$|No such file/.test(line)) expect(lines).toContain(line)
      }
      expect(lines.some((line) => line.endsWith('ssh-pam-remote.conf'))).toBe(false)
    })

    it('what no package of ours sets stays theirs, once', () => {
      const few = { install: ['kas-harden-pam'], parts: ['pam'] }
      expect(keptBeside(few)).toBe('maxlogins auditd sshd')
      const work = mkdtempSync(join(tmpdir(), 'kas-harden-cip-'))
      cipDebs(work, few)
      putInto(tree(), 'cip/few', work)
      rmSync(work, { recursive: true })
      const { code, output } = tryIn(
        tree(),
        `set -e; ${purgeOurs}
        dpkg -i /cip/few/*.deb > /tmp/log 2>&1; dpkg -i /cip/few/*.deb > /tmp/log 2>&1
        grep -c '^\\* hard maxlogins 2$' /etc/security/limits.conf
        grep -E '^(admin_)?space_left_action|^disk_error_action' /etc/audit/auditd.conf
        ls /etc/ssh/sshd_config.d; grep -c faillock /etc/pam.d/common-auth || true`
      )
      expect(code, output).toBe(0)
      const [count, ...rest] = output.trim().split('\n')
      expect(count).toBe('1')
      expect(rest.slice(0, 3).map((line) => line.replaceAll(' ', ''))).toEqual([
        'space_left_action=SYSLOG',
        'admin_space_left_action=SYSLOG',
        'disk_error_action=SYSLOG'
      ])
      expect(rest).toContain('ssh-pam-remote.conf')
      expect(rest.at(-1)).toBe('0')
    })

    it("their drop-ins for sshd come after ours, so that a count of 0 and a login without a key don't count", () => {
      const { output } = tryIn(
        tree(),
        'dpkg -i --force-depends /cip/as-they-are/*.deb > /tmp/log 2>&1; ssh-keygen -A > /dev/null; sshd -T'
      )
      const lines = output.split('\n')
      expect(lines).toContain('authenticationmethods publickey')
      expect(lines).toContain('kbdinteractiveauthentication no')
      expect(lines).toContain('clientalivecountmax 3')
    })

    it('unchanged and first, they make kas-harden-pam fail, loudly', () => {
      const { code, output } = tryIn(
        tree(),
        `${purgeOurs}; dpkg -i /cip/as-they-are/*.deb > /tmp/log 2>&1 || cat /tmp/log
        dpkg -i --force-depends /debs/kas-harden-pam_*.deb`
      )
      expect(code).not.toBe(0)
      expect(output).toMatch(/^kas-harden-pam: .*pam-auth-update --force$/m)
    })

    it('unchanged and last, they break PAM; kas-harden-pam says so whenever it is configured again', () => {
      const { code, output } = tryIn(
        tree(),
        `dpkg -i /cip/as-they-are/*.deb > /tmp/log 2>&1 || cat /tmp/log
        grep -c nullok /etc/pam.d/common-auth; /var/lib/dpkg/info/kas-harden-pam.postinst configure 1.0`
      )
      expect(output.split('\n')[0]).toBe('1')
      expect(code).not.toBe(0)
      expect(output).toMatch(/^kas-harden-pam: .*pam-auth-update --force$/m)
    })

    it('bans of fail2ban are a table of their own, which a reload of the firewall leaves alone', () => {
      const { code, output } = tryIn(
        tree(),
        `set -e; dpkg -i /cip/beside-ours/*.deb > /tmp/log 2>&1; cat /etc/fail2ban/jail.d/kas-harden.conf
        /usr/libexec/kas-harden/firewall
        # the commands of fail2ban's action "nftables", as its actionstart and actionban run them
        nft add table inet f2b-table
        nft -- add chain inet f2b-table f2b-chain '{ type filter hook input priority -1 ; }'
        nft add set inet f2b-table addr-set-sshd '{ type ipv4_addr; }'
        nft add rule inet f2b-table f2b-chain tcp dport 22 ip saddr @addr-set-sshd reject
        nft add element inet f2b-table addr-set-sshd '{ 192.0.2.9 }'
        /usr/libexec/kas-harden/firewall; nft list ruleset | grep -c -e '192.0.2.9' -e 'table inet kas_harden'`
      )
      expect(code, output).toBe(0)
      expect(output.trim().split('\n').slice(0, 2)).toEqual(['[DEFAULT]', 'banaction = nftables'])
      expect(output.trim().split('\n').at(-1)).toBe('2')
    })
  })
}
