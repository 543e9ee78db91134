import { describe, expect, it } from 'vitest'
import { tryIn } from './debian-tree.ts'

const forwarding = 'cat /proc/sys/net/ipv4/ip_forward'

/** What the commands around the zone boundary and the supervisor's override do, with the real nft and sudo. */
export function describeBoundary(target: () => string): void {
  const lines = (script: string) => tryIn(target(), script).output.trim().split('\n')

  describe('the zone boundary', () => {
    it('forwards only while rules say which, and stops when they are refused', () => {
      expect(
        lines(`echo 0 > /proc/sys/net/ipv4/ip_forward; /usr/libexec/kas-harden/firewall; ${forwarding}
          touch /etc/kas-harden/forwarding; /usr/libexec/kas-harden/firewall; ${forwarding}
          echo broken > /etc/kas-harden/firewall.nft; /usr/libexec/kas-harden/firewall 2> /dev/null || echo failed; ${forwarding}
          nft list chain inet kas_harden forward | grep -o 'policy drop'`)
      ).toEqual(['0', '1', 'failed', '0', 'policy drop'])
    })

    it('is closed on demand, over a restart, until somebody opens it', () => {
      expect(
        lines(`kas-harden-island status; kas-harden-island on; kas-harden-island status
          nft flush ruleset; /usr/libexec/kas-harden/firewall; kas-harden-island status
          nft list chain inet kas_harden_island forward | grep -o 'policy drop'
          /usr/libexec/kas-harden/firewall; kas-harden-island status; kas-harden-island off; kas-harden-island status
          kas-harden-island sometimes 2> /dev/null; echo $?`)
      ).toEqual([
        ...['off', 'island mode on', 'on', 'island mode on', 'on', 'policy drop', 'island mode on', 'on'],
        ...['island mode off', 'off', '2']
      ])
    })

    it('lets nobody in from outside but by an approval, which ends', () => {
      expect(
        lines(`/usr/libexec/kas-harden/firewall; PATH=/usr/sbin:$PATH
          kas-harden-remote-access open 203.0.113.9 1; kas-harden-remote-access open 2001:db8::9 5
          nft list set inet kas_harden remote4 | grep -c 'timeout 1m'; nft list set inet kas_harden remote6 | grep -c 'timeout 5m'
          kas-harden-remote-access open 203.0.113.9 30 > /tmp/said; nft list set inet kas_harden remote4 | grep -o 'timeout 30m'
          for wrong in '203.0.113.9 2000' '203.0.113.9 0' '0.0.0.0/0 5' 'all 5' '203.0.113.9'; do
            kas-harden-remote-access open $wrong 2> /dev/null || printf 'refused '
          done; echo; kas-harden-remote-access close; nft list set inet kas_harden remote4 | grep -c timeout`)
      ).toEqual([
        ...['remote access approved for 203.0.113.9, 1 minutes'],
        ...['remote access approved for 2001:db8::9, 5 minutes', '1', '1', 'timeout 30m'],
        // the flag of the set stays
        ...['refused refused refused refused refused ', 'remote access closed', '1']
      ])
    })
  })

  describe("a supervisor's override", () => {
    const people = 'useradd -G kas-operator op; useradd -G kas-admin boss'
    // Asked for one command, sudo says what it would do now; a whole list shows what is over, too.
    const may = '{ sudo -l -U op $(command -v systemctl) reboot > /dev/null 2>&1 && echo 1 || echo 0; }'

    it('gives the commands of a role, for a time that sudo keeps', () => {
      expect(
        lines(`${people}; ${may}; kas-harden-override grant op maintainer 5 | cut -d, -f1; ${may}; visudo -c > /dev/null && echo valid
          stat -c '%a %U' /etc/kas-harden/override.d/op
          sed -i 's/NOTAFTER=[0-9]*Z/NOTAFTER=20200101000000Z/' /etc/kas-harden/override.d/op; ${may}
          kas-harden-override grant op maintainer 5 > /dev/null; ${may}; kas-harden-override revoke op; ${may}`)
      ).toEqual([
        ...['0', 'override: op may do what maintainer may', '1', 'valid', '440 root', '0', '1'],
        ...['override of op revoked', '0']
      ])
    })

    it('is refused for oneself, for all, for ever and for what is no account', () => {
      expect(
        lines(`${people}; say() { "$@" > /tmp/said 2>&1 || printf 'refused '; }
          SUDO_USER=op say kas-harden-override grant op maintainer 5
          say kas-harden-override grant op admin 5; say kas-harden-override grant op maintainer 481
          say kas-harden-override grant nobody-here maintainer 5; say kas-harden-override grant ../op maintainer 5
          say kas-harden-override grant op operator 5; ls -A /etc/kas-harden/override.d | wc -l`)
      ).toEqual(['refused refused refused refused refused refused 0'])
    })
  })
}
