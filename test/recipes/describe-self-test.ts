import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import { RuntimeFile } from '../../lib/assess/runtime-format.ts'
import type { Control } from '../../lib/controls/control.ts'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { tryIn } from './debian-tree.ts'

/** Test and result of each line. */
const only = "sed -n 's/^\\(pass\\|fail\\|unknown\\) *\\([^ ]*\\) .*/\\2 \\1/p'"

/** A device without its service manager: what needs one, or the kernel's audit, can't be told in here. */
const device = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; mkdir -p /run/sshd; ssh-keygen -A > /dev/null
/usr/libexec/kas-harden/device-key; systemd-tmpfiles --create kas-harden-pam.conf 2> /dev/null
nft -f /etc/kas-harden/firewall.nft; what() { kas-harden-self-test 2> /dev/null | ${only}; }`

function linesOf(output: string): readonly string[] {
  return output.trim().split('\n')
}

/** Functions switched off while the device runs, several at a time, and the tests that have to see it. */
const defeats: readonly (readonly (readonly [how: string, ...tests: string[]])[])[] = [
  [
    ["nft 'add element inet kas_harden management4 { 198.18.0.0/24 }'", 'firewall/rules'],
    ["echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/00-local.conf", 'sshd-hardening/settings'],
    ['chmod 0644 /etc/ssh/ssh_host_ed25519_key', 'host-identity/keys'],
    [
      'echo install cramfs modprobe --ignore-install cramfs > /etc/modprobe.d/60-kas-harden.conf',
      'least-functionality/modules'
    ],
    ["echo 'guest::20000:0:99999:7:::' >> /etc/shadow", 'no-default-credentials/passwords'],
    ['chmod 0644 /etc/shadow', 'least-privilege/closed'],
    ["sed -i '/pam_faillock.*authfail/d' /etc/pam.d/common-auth", 'login-lockout/stack'],
    ["sed -i '/pam_pwquality/d' /etc/pam.d/common-password", 'password-quality/stack'],
    ['echo broken > /etc/sudoers.d/99-local; chmod 0440 /etc/sudoers.d/99-local', 'sudo-roles/rules'],
    ['rm /var/lib/kas-harden/device/public.pem', 'security-report/key'],
    ['echo >> /usr/share/kas-harden/state-lists', 'file-integrity/own-files']
  ],
  [
    ['nft flush ruleset', 'firewall/default-drop', 'firewall/rules'],
    ["echo 'Frobnicate yes' > /etc/ssh/sshd_config.d/00-local.conf", 'sshd-hardening/settings'],
    [
      "echo 'old:$1$abcdefgh$0123456789012345678901:20000::::::' >> /etc/shadow",
      'no-default-credentials/passwords'
    ]
  ]
]

/** What kas-harden-self-test says of functions that work and of such that were switched off. */
export function describeSelfTest(target: () => string): void {
  describe('the self-test of the security functions', () => {
    let controls: readonly Control[] = []
    let before: readonly string[] = []
    beforeAll(async () => {
      controls = (await loadControls()).controls
      before = linesOf(tryIn(target(), `${device}\nwhat`).output)
    })

    it('passes what works, and never what it could not try', () => {
      for (const [, ...tests] of defeats.flat()) {
        for (const test of tests) expect(before).toContain(`${test} pass`)
      }
      // nobody answers for units or takes records in here, and nothing was kept at a first start
      expect(before).toContain('audit-events/daemon unknown')
      expect(before).toContain('security-self-test/units unknown')
      expect(before).not.toContain('audit-events/record pass')
      expect(before).toContain('factory-reset/kept fail')
      expect(before).toContain('security-self-test/complete unknown')
    })

    it.each(defeats)('fails exactly what was switched off: %s', (...round) => {
      const { output } = tryIn(
        target(),
        `${device}\n${round.map(([how]) => how).join('\n')}\nkas-harden-self-test > /tmp/after 2> /dev/null; code=$?
        ${only} /tmp/after; echo "exit $code"`
      )
      // the kernel in here is another system's: what it does with a crash is not ours
      const changed = linesOf(output).filter((line) => !before.includes(line) && !/core-dumps|exit/.test(line))
      const wanted = round.flatMap(([, ...tests]) => tests.map((test) => `${test} fail`))
      expect([...changed].sort()).toEqual(wanted.sort())
      expect(output).toMatch(/^exit 1$/m)
    })

    it('writes a file for verify, each result under a control that serves its line', () => {
      const { output } = tryIn(
        target(),
        `${device}\nkas-harden-self-test --json --image ${'ab'.repeat(64)} --tester 'Bench "2"' --identity bench@example.org 2> /dev/null`
      )
      const file = v.parse(RuntimeFile, JSON.parse(output))
      expect(file.tester).toEqual({ name: 'Bench "2"', identity: 'bench@example.org' })
      expect(file.results.length).toBeGreaterThan(15)
      for (const { check, requirement } of file.results) {
        const control = controls.find(({ id }) => check.startsWith(`${id}/`))
        const served = control?.requirements.map(({ id }) => id)
        expect(served, check).toEqual(expect.arrayContaining([requirement].flat()))
      }
      const result = (check: string) => file.results.find((one) => one.check === check)
      // seen at work; read only; wrong
      expect(result('firewall/default-drop')).toMatchObject({ requirement: ['CR 5.1', 'CR 7.7'], result: 'pass' })
      expect(result('security-self-test/login-lockout-stack')).toMatchObject({ requirement: 'CR 3.3', result: 'pass' })
      expect(result('factory-reset/kept')).toMatchObject({ requirement: 'CR 7.4', result: 'fail' })
    })

    it('refuses what it does not understand, and people without rights', () => {
      const { output } = tryIn(
        target(),
        `for call in --frobnicate '--image ab --json' '--tester x' '--json --identity x' --image; do kas-harden-self-test $call > /dev/null 2>&1; echo $?; done
        setpriv --reuid 65534 kas-harden-self-test; echo $?`
      )
      expect(output.trim().split('\n')).toEqual([
        ...['2', '2', '2', '2', '2', 'kas-harden-self-test: only root can try all functions', '2']
      ])
    })
  })
}
