import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import type { Release } from '../../lib/controls/control.ts'
import { buildDebs, lintian, type BuiltDebs } from './build-debs.ts'
import { describeCoexistence } from './cip-coexistence.ts'
import { describeBoundary } from './describe-boundary.ts'
import { describeDevice } from './describe-device.ts'
import { describeLogForward } from './describe-log-forward.ts'
import { describeModules } from './describe-modules.ts'
import { describeRecovery } from './describe-recovery.ts'
import { describeSelfTest } from './describe-self-test.ts'
import { describeTamper } from './describe-tamper.ts'
import { buildTree, changeIn, putInto, targetTree, tryIn, workDirectory } from './debian-tree.ts'

/** Lines of a PAM file that say something. */
function rulesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
}

/** A person with a password, and a PAM service of the common files. */
const person = `
printf '@include common-auth\\n@include common-account\\n' > /etc/pam.d/anything
cp /etc/pam.d/anything /etc/pam.d/sudo
useradd --create-home --groups kas-operator,ssh-users op
echo 'op:Correct-Horse7battery' | chpasswd
log_in() { printf '%s\\n' "\${@:2}" | pamtester "$1" op authenticate acct_mgmt > /tmp/said 2>&1 && echo in || echo out; }
`

/**
 * systemd-analyze on every unit we bring or change. That of Debian 11 wants to know its cgroup and to move what is in
 * there: it is shown an empty memory file system.
 */
const verifyUnits = `
mount -t tmpfs tmpfs /sys; mkdir -p /sys/fs/cgroup; mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/systemd
echo 1:name=systemd:/ > /tmp/cgroup
cd /usr/lib/systemd/system; ours=$(ls -d kas-harden-* /lib/systemd/system/kas-harden-* | sed 's|.*/||' | sort -u)
[ "$(echo "$ours" | wc -l)" -ge 5 ] || exit 1
bash -c 'mount --bind /tmp/cgroup /proc/$$/cgroup; exec systemd-analyze verify "$@"' \
  bash $ours dailyaidecheck.service dailyaidecheck.timer auditd.service 2>&1 | grep -v 'Command .man' | { ! grep .; }`

/** Sessions on terminals, as programs see them that look at /proc: SESSION, and seconds since the last key. */
const idleSessions = `
mkdir /stand-ins; printf '#!/bin/sh\necho "$*" >> /tmp/asked\n' > /stand-ins/loginctl; chmod +x /stand-ins/loginctl
sit_at() {
  script -qfc 'tty > /tmp/tty; exec sleep 300' /dev/null < /dev/null > /dev/null &
  until [ -s /tmp/tty ]; do sleep 0.1; done
  terminal=$(cat /tmp/tty); rm /tmp/tty
  echo "1:name=systemd:/user.slice/user-1000.slice/$1" > /tmp/$1
  for pid in $(ps -o pid= -t "\${terminal#/dev/}"); do mount --bind "/tmp/$1" "/proc/$pid/cgroup"; done
  touch -a -d "-$2 seconds" "$terminal"
}
sit_at session-3.scope 890; sit_at session-c4.scope 910; sit_at session-5.scope 9000; sit_at session-5.scope 1
sit_at session-60.scope 5000; sit_at getty@tty1.service 5000`

/** Describes what our packages do on a release, with the real packages they are for. */
export function describeSettings(release: Release): void {
  const work = workDirectory()
  let build = ''
  let target = ''
  let debs: BuiltDebs
  const all = '/debs/*.deb'
  const without = (name: string) => `$(ls /debs/*.deb | grep -v ${name})`
  /** What our maintainer scripts do beside others is the same on every release, and takes its time. */
  const asOnDebian12 = (context: TestContext) => {
    if (release !== 'bullseye' || process.env['KAS_HARDEN_TEST_BULLSEYE'] === '1') return
    context.skip('the scripts are those of Debian 12; to run them on Debian 11 too: KAS_HARDEN_TEST_BULLSEYE=1')
  }
  const textOf = (path: string) => readFileSync(join(target, path), 'utf8')

  beforeAll(async () => {
    build = buildTree(release, work)
    debs = await buildDebs(build, 'first')
    target = targetTree(release, work)
    putInto(target, 'debs', debs.directory)
    changeIn(target, 'rm -rf /debs/settings /debs/site; cp -a /etc /etc.before')
    changeIn(target, `apt-get install -y --no-install-recommends ${without('kas-harden-mfa_')}`)
  })

  describe('the packages', () => {
    it('come out with the same bytes wherever and whenever they are built', async (context) => {
      asOnDebian12(context)
      expect((await buildDebs(build, 'a-second-place')).digests).toEqual(debs.digests)
    })

    it("please the release's lintian", () => {
      const { code, output } = lintian(build, 'first')
      expect(output).not.toMatch(/^[EW]:/m)
      expect(code, output).toBe(0)
    })

    it('install without a network and without asking', () => {
      const installed = tryIn(target, "dpkg-query -Wf '${db:Status-Abbrev} ${Package}\\n' 'kas-harden-*'")
      expect(installed.output.trim().split('\n').every((line) => line.startsWith('ii '))).toBe(true)
      expect(tryIn(target, 'dpkg --audit').output).toBe('')
    })

    it("take apt's keys from the account that built the image", () => {
      const { output } = tryIn(
        target,
        `chown 1000:1000 /etc/apt/trusted.gpg.d; touch /etc/apt/trusted.gpg.d/own.asc; chown 1000 /etc/apt/trusted.gpg.d/own.asc
        sh /var/lib/dpkg/info/kas-harden-accounts.postinst configure; stat -c %u:%g /etc/apt/trusted.gpg.d /etc/apt/trusted.gpg.d/own.asc`
      )
      expect(output.trim().split('\n')).toEqual(['0:0', '0:0'])
    })
  })

  describe('PAM', () => {
    it('asks pam_faillock before and after pam_unix, and takes no empty password', () => {
      expect(rulesOf(textOf('etc/pam.d/common-auth'))).toEqual([
        'auth requisite pam_faillock.so preauth',
        'auth [success=2 default=ignore] pam_unix.so try_first_pass',
        'auth [default=die] pam_faillock.so authfail',
        'auth requisite pam_deny.so',
        'auth required pam_permit.so'
      ])
      expect(rulesOf(textOf('etc/pam.d/common-account'))[0]).toBe('account required pam_faillock.so')
    })

    it('looks at strength and history before it takes a password', () => {
      const rules = rulesOf(textOf('etc/pam.d/common-password'))
      expect(rules.slice(0, 2)).toEqual([
        'password requisite pam_pwquality.so retry=3',
        'password requisite pam_pwhistory.so remember=12 use_authtok enforce_for_root'
      ])
      expect(rules[2]).toContain('pam_unix.so')
    })

    it('comes to the same in another order of installation', (context) => {
      asOnDebian12(context)
      const files = 'sha256sum /etc/pam.d/common-*'
      const together = tryIn(target, files)
      const inTurn = tryIn(
        target,
        `set -e
        apt-get purge -y 'kas-harden-*' > /tmp/log 2>&1
        deb() { for name; do ls /debs/kas-harden-\${name}_*.deb; done; }
        dpkg -i $(deb accounts ssh mfa) > /tmp/log 2>&1
        dpkg -i $(deb pam) > /tmp/log 2>&1
        dpkg -i $(ls /debs/*.deb | grep -v -E -- '-(accounts|ssh|mfa|pam)_') > /tmp/log 2>&1
        dpkg -P kas-harden-mfa > /tmp/log
        ${files}`
      )
      expect(inTurn.output).toBe(together.output)
    })

    it('locks a person out after the failures the site allows, and lets in again', () => {
      const { output } = tryIn(
        target,
        `${person}
        log_in anything Correct-Horse7battery
        for attempt in 1 2 3 4 5; do log_in anything wrong; done
        log_in anything Correct-Horse7battery
        systemd-tmpfiles --create kas-harden-pam.conf
        faillock --user op | grep -c 'SVC'
        faillock --user op --reset
        log_in anything Correct-Horse7battery`
      )
      expect(output.trim().split('\n')).toEqual(['in', ...Array<string>(6).fill('out'), '5', 'in'])
      expect(textOf('etc/security/faillock.conf')).toMatch(/^deny = 5$/m)
    })

    it('refuses an empty, a weak and a used password', () => {
      const { output } = tryIn(
        target,
        `${person}
        for password in Abc1 aaaaaaaaaaaaaaaa 'Correct-Horse7battery'; do
          echo "op:$password" | chpasswd > /tmp/why 2>&1 && echo taken || echo refused
        done
        echo 'op:Another-Horse8battery' | chpasswd && echo taken
        passwd -d op > /tmp/why 2>&1
        log_in anything ''`
      )
      expect(output.trim().split('\n')).toEqual(['refused', 'refused', 'refused', 'taken', 'out'])
    })

    it('gives new accounts the ages and the hash of the site', () => {
      const { output } = tryIn(
        target,
        `${person}
        getent shadow op | cut -d: -f2,4-6; stat -c %a /home/op`
      )
      expect(output).toMatch(/^\$y\$\S+:1:365:14\n700\n$/)
    })

    it.for([
      ['kas-harden-pam', 'auth required pam_faillock.so preauth deny=3', 'auth'],
      ['kas-harden-mfa', 'auth required pam_faillock.so preauth deny=3', 'auth'],
      ['kas-harden-site', 'password requisite pam_passwdqc.so', 'password']
    ])(
      'that somebody edited by hand makes %s fail, loudly',
      ([name = '', rule = '', file = ''], context) => {
        asOnDebian12(context)
        const { code, output } = tryIn(
          target,
          `apt-get purge -y 'kas-harden-*' > /tmp/log 2>&1
          sed -i "/pam_unix.so/i $2" /etc/pam.d/common-$3
          dpkg -i --force-depends /debs/$1_*.deb`,
          name,
          rule,
          file
        )
        expect(code).not.toBe(0)
        expect(output).toMatch(new RegExp(`^${name}: .*pam-auth-update --force$`, 'm'))
      }
    )

    it('ends, with an error, when nobody answers the questions of pam-auth-update', () => {
      const { output } = tryIn(
        target,
        `trap '' PIPE
        for script in pam.postinst pam.prerm site.postinst; do
          sed 's/--cpu=60 /--cpu=1 /' "/var/lib/dpkg/info/kas-harden-$script" > /tmp/script
          action=configure; [ "$script" = pam.prerm ] && action=remove
          DEBIAN_HAS_FRONTEND=1 sh /tmp/script $action 1.0 < /dev/null > /dev/null 2>&1; echo "$script $?"
        done`
      )
      const killed = 128 + constants.signals.SIGKILL
      expect(output.trim().split('\n')).toEqual(
        ['pam.postinst', 'pam.prerm', 'site.postinst'].map((script) => `${script} ${killed}`)
      )
    })

    it('that counts every login as a failure makes kas-harden-pam fail as well', () => {
      const { code, output } = tryIn(
        target,
        `sed -i '1i auth required pam_faillock.so authfail' /etc/pam.d/common-auth
        dpkg -i /debs/kas-harden-pam_*.deb`
      )
      expect(code).not.toBe(0)
      expect(output).toContain('kas-harden-pam: the lock-out after failed logins did not reach')
    })
  })

  describe('the second factor', () => {
    it('is a code that works once, for whoever is enrolled, and only at a login', () => {
      const { output } = tryIn(
        target,
        `dpkg -i /debs/kas-harden-mfa_*.deb > /dev/null
        ${person}
        log_in anything Correct-Horse7battery 123456
        kas-harden-mfa-enrol op > /dev/null
        secret=$(head -1 /var/lib/kas-harden-mfa/op)======
        log_in anything Correct-Horse7battery 000000
        code=$(oathtool --totp --base32 "$secret")
        log_in anything Correct-Horse7battery "$code"
        log_in anything Correct-Horse7battery "$code"
        log_in sudo Correct-Horse7battery
        ssh-keygen -A > /dev/null; sshd -T | grep authenticationmethods`
      )
      expect(output.trim().split('\n')).toEqual([
        ...['out', 'out', 'in', 'out', 'in'],
        'authenticationmethods publickey,keyboard-interactive:pam'
      ])
    })
  })

  describe('ssh', () => {
    it('takes keys of members of a group only, within the limits of the site', () => {
      const { code, output } = tryIn(target, 'ssh-keygen -A > /dev/null && sshd -t && sshd -T')
      expect(code, output).toBe(0)
      for (const line of [
        'authenticationmethods publickey',
        'permitrootlogin no',
        'passwordauthentication no',
        'kbdinteractiveauthentication no',
        'allowgroups ssh-users',
        'authorizedkeysfile .ssh/authorized_keys /etc/ssh/authorized_keys.d/%u',
        'revokedkeys /etc/ssh/revoked_keys',
        'banner /etc/issue.net',
        'maxauthtries 3',
        'logingracetime 30',
        'clientalivecountmax 3',
        'allowtcpforwarding no',
        ...(release === 'bullseye' ? [] : ['channeltimeout session:*=900', 'requiredrsasize 3072'])
      ]) {
        expect(output.split('\n')).toContain(line)
      }
      expect(/^kexalgorithms (.*)$/m.exec(output)?.[1]?.includes('mlkem768x25519-sha256')).toBe(
        release === 'trixie'
      )
    })

    it('has no host key in the image, and makes them when the device starts', () => {
      const keys = tryIn(target, 'ls /etc/ssh/ssh_host_*')
      expect(keys.output).toContain('No such file')
      expect(tryIn(target, 'ls /etc/systemd/system/sysinit.target.wants').output).toContain('kas-harden-sshd-keys')
    })
  })

  describe('audit', () => {
    const rules = () => tryIn(target, "sed -n '/^-/p' /etc/audit/rules.d/*.rules").output.trim().split('\n')

    it('rules are read by auditctl, each of them', () => {
      expect(rules().length).toBeGreaterThan(40)
      expect(tryIn(target, 'augenrules --check').output).toContain('Rules have changed')
      // in a user namespace: auditctl reads the rule, and the kernel refuses to be changed
      const { output } = tryIn(
        target,
        `sed -n '/^-/p' /etc/audit/rules.d/kas-harden-*.rules | grep -v -x -e -i -e -D |
          unshare --user --map-root-user --net sh -c 'while read -r rule; do
            auditctl $rule 2>&1 | grep -v "^The audit system is disabled$" | sed "s|^|$rule: |"
          done'
        unshare --user --map-root-user --net auditctl -a always,exit -F arch=b64 -S chmood`
      )
      expect(output.trim().split('\n')[0]).toBe('Syscall name unknown: chmood')
    })

    it('rules name system calls that every architecture they are for knows', () => {
      const legacy = ['chmod', 'chown', 'lchown', 'open', 'creat'] // left out on arm64, by -i
      const wanted = rules().flatMap((rule) => {
        const machines = rule.includes('arch=b64') ? ['x86_64', 'aarch64'] : ['i386', 'arm']
        const calls = (/ -S (\S+)/.exec(rule)?.[1] ?? '').split(',').filter(Boolean)
        return machines.flatMap((machine) =>
          calls
            // by number, where the release's audit knows no name
            .filter((call) => !(release === 'bullseye' && ['404', '429', '431', '437', '442'].includes(call)))
            .filter((call) => !(machine === 'aarch64' && legacy.includes(call)))
            .map((call) => `${machine} ${call}`)
        )
      })
      const pairs = [...new Set(wanted)]
      expect(pairs.length).toBeGreaterThan(60)
      const { output } = tryIn(
        target,
        'for pair; do ausyscall $pair --exact > /dev/null 2>&1 || echo "$pair"; done',
        ...pairs
      )
      expect(output).toBe('')
    })

    it('daemon follows the link to the configuration of the site, because it is told to', () => {
      expect(tryIn(target, 'readlink /etc/audit/auditd.conf').output.trim()).toBe('auditd.conf.kas-harden')
      const unit = tryIn(target, 'cat /usr/lib/systemd/system/auditd.service.d/60-kas-harden.conf')
      // Debian 11 need not have merged /usr
      const daemon = release === 'bullseye' ? '/sbin/auditd' : '/usr/sbin/auditd'
      expect(unit.output).toContain(`ExecStart=\nExecStart=${daemon} -l\n`)
      // it reads its configuration before it asks the kernel, which refuses in a user namespace
      const start = (option: string) =>
        tryIn(target, `unshare --user --map-root-user --net timeout 5 auditd $1 -f -s nochange`, option).output
      expect(start('-n')).toContain('Error opening config file')
      // a keyword its version does not know ends it
      expect(start('-l')).not.toMatch(/Error opening config file|Unknown keyword/)
    })
  })

  describe('the firewall', () => {
    it('loads, again and again, and closes when the rules of the site are broken', () => {
      const { output } = tryIn(
        target,
        `/usr/libexec/kas-harden/firewall && /usr/libexec/kas-harden/firewall && echo open for ssh
        nft list table inet kas_harden | grep -c 'tcp dport 22'
        echo broken > /etc/kas-harden/firewall.nft
        /usr/libexec/kas-harden/firewall > /tmp/why 2>&1 || echo failed
        nft list table inet kas_harden | grep -c 'tcp dport 22'
        nft list chain inet kas_harden input | grep -o 'policy drop'`
      )
      expect(output.trim().split('\n')).toEqual(['open for ssh', '4', 'failed', '0', 'policy drop'])
    })

    it("takes rules of a product's own", () => {
      const { code, output } = tryIn(
        target,
        `echo 'tcp dport 4840 accept' > /etc/kas-harden/firewall.d/opcua.nft
        /usr/libexec/kas-harden/firewall && nft list chain inet kas_harden input | grep 4840`
      )
      expect(code, output).toBe(0)
    })
  })

  describe('what reads the other files', () => {
    it.for([
      ['sudo', 'visudo -c'],
      ['systemd', verifyUnits],
      ['the schedule', 'systemd-analyze calendar "$(sed -n "s/^OnCalendar=\\(.\\+\\)/\\1/p" /etc/systemd/system/dailyaidecheck.timer.d/60-kas-harden-site.conf)"'],
      ['AIDE', '[ ! -e /etc/hosts ] && echo 0123456789abcdef0123456789abcdef > /etc/machine-id && aide --config /etc/aide/aide.conf --config-check'],
      ['isar, which presets all units', 'systemctl preset-all --preset-mode=enable-only; rc=$?; [ "$(readlink /etc/systemd/system/ctrl-alt-del.target)" = /dev/null ] && exit $rc'],
      ['modprobe', 'modprobe --showconfig | grep "^install cfg80211 /bin/false" && modprobe --showconfig | grep "^install usb_storage /bin/false"'],
      ['a login shell', `bash -lc 'echo $TMOUT; . /etc/profile.d/60-kas-harden-timeout.sh; TMOUT=0' 2>&1 | tr '\\n' ' ' | grep '^900 .*readonly'`],
      ['dash', 'sh -c ". /etc/profile.d/60-kas-harden-timeout.sh"']
    ])('%s finds them right', ([, script = '']) => {
      const { code, output } = tryIn(target, script)
      expect(code, output).toBe(0)
    })

    if (release === 'bullseye') {
      it('idle sessions end, unless any of their terminals is in use', () => {
        const { code, output } = tryIn(
          target,
          `${idleSessions}; PATH=/stand-ins:$PATH /usr/libexec/kas-harden/idle-sessions > /tmp/said && cat /tmp/asked`
        )
        expect(code, output).toBe(0)
        expect(output.trim().split('\n').sort()).toEqual(['terminate-session 60', 'terminate-session c4'])
      })
    }

    it('chrony asks the servers of the site and nobody else', () => {
      const { output } = tryIn(target, 'chronyd -p; cat /etc/chrony/sources.d/*.sources')
      expect(output).not.toMatch(/^pool|debian\.pool|chrony-dhcp/m)
      expect(output).toMatch(/^server ntp\.example\.org iburst nts$/m)
      expect(output).toMatch(/^authselectmode require$/m)
      expect(output).toMatch(/^port 0$/m)
    })

    it('systemd-tmpfiles does what it is told, and auditors may read the journal', () => {
      const { code, output } = tryIn(
        target,
        `echo 0123456789abcdef0123456789abcdef > /etc/machine-id
        journal=/var/log/journal/0123456789abcdef0123456789abcdef
        mkdir -p $journal; touch $journal/system.journal
        systemd-tmpfiles --create /usr/lib/tmpfiles.d/kas-harden-*.conf && echo done
        touch $journal/user.journal
        getfacl -cp $journal/*.journal | grep kas-auditor`
      )
      expect(code, output).toBe(0)
      expect(output.trim().split('\n')).toEqual([
        'done',
        'group:kas-auditor:r--',
        expect.stringMatching(/^group:kas-auditor:r-x\s+#effective:r--$/)
      ])
    })

    it('a /var that starts empty gets what the settings need', () => {
      const { code, output } = tryIn(
        target,
        `${person}
        echo 0123456789abcdef0123456789abcdef > /etc/machine-id
        mount -t tmpfs tmpfs /var; mkdir /var/log /var/cache /var/lib
        systemd-tmpfiles --create /usr/lib/tmpfiles.d/kas-harden-*.conf; ls -d /var/log/audit /var/lib/chrony /var/lib/faillock
        echo 'op:Another-Horse8battery' | chpasswd > /tmp/why 2>&1 && echo taken || echo refused
        $(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/kas-harden-cracklib.service) > /tmp/why 2>&1 || cat /tmp/why
        echo counterrevolutionary | cracklib-check
        echo 'op:Another-Horse8battery' | chpasswd && echo taken`
      )
      expect(code, output).toBe(0)
      const directories = ['/var/lib/chrony', '/var/lib/faillock', '/var/log/audit']
      expect(output.trim().split('\n')).toEqual([
        ...directories,
        'refused',
        'counterrevolutionary: it is based on a dictionary word',
        'taken'
      ])
    })

    it('the roles are groups with the same numbers everywhere', () => {
      const { output } = tryIn(target, 'getent group kas-admin kas-maintainer kas-operator kas-auditor ssh-users')
      expect(output.match(/:95[1-5]:/g)).toHaveLength(5)
    })
  })

  describe("Debian's own packages", () => {
    it('unpacked a second time leave the files of the site in force', (context) => {
      asOnDebian12(context)
      const state = 'cd /etc && sha256sum pam.d/common-* login.defs issue issue.net audit/auditd.conf chrony/chrony.conf security/faillock.conf'
      const before = tryIn(target, state)
      const after = tryIn(target, `dpkg -i --force-confdef /again/*.deb > /tmp/log 2>&1 || cat /tmp/log; ${state}`)
      expect(after.output).toBe(before.output)
    })

    it('get every byte and mode back when ours are purged', () => {
      const { output } = tryIn(
        target,
        `dpkg -i --force-confdef /again/*.deb ${all} > /tmp/log 2>&1 || cat /tmp/log
        apt-get purge -y 'kas-harden-*' > /tmp/log 2>&1 || cat /tmp/log
        # Debian leaves groups of a purged package, and host keys are the device's
        leave() { sed -E '/^\\.\\/(group|gshadow|passwd|shadow|subuid|subgid)-?( |$)|ssh_host_/d'; }
        list() { (cd $1 && find . ! -type d -printf '%p %m %U:%G %l ' \\( -type f -exec sha256sum {} \\; -o -printf '\\n' \\) ; find . -type d -printf '%p %m %U:%G\\n'); }
        diff <(list /etc.before | sort | leave) <(list /etc | sort | leave)
        find / -xdev -name '*kas-harden*' -not -path '/debs/*' -not -path '/etc.before/*'
        dpkg-divert --list '*kas-harden*'; diff <(grep -v kas- /etc/group | grep -v ssh-users) /etc.before/group`
      )
      expect(output).toBe('')
    })
  })

  describeBoundary(() => target)
  describeDevice(() => target)
  describeSelfTest(() => target)
  describeRecovery(() => target)
  describeTamper(() => target)
  describeLogForward(() => target)
  describeModules(() => target)

  describeCoexistence(() => target, asOnDebian12)

  it('leaves nothing rendered in part', () => {
    expect(existsSync(join(target, 'etc/issue.kas-harden'))).toBe(true)
    expect(tryIn(target, "grep -rl 'KAS_HARDEN_' /etc /usr/share/pam-configs").output).toBe('')
  })
}
