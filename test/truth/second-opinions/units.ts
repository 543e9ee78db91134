/**
 * Why `systemd-analyze security` calls services of the hardened image exposed. Its figure counts what a unit could
 * still take away from its processes; whether they need it, it does not know.
 */
export const unitDifferences: readonly { units: readonly string[]; reason: string }[] = [
  {
    units: ['ssh.service', 'getty@.service', 'serial-getty@.service'],
    reason:
      'What the service may not do, the sessions it starts may not do either, administrators with sudo included. The sessions are restricted by PAM, sudo rules and the firewall.'
  },
  {
    units: ['rsyslog.service'],
    reason:
      "Debian's own unit; only where records are forwarded. It reads the journal of root and every log, and listens on nothing."
  },
  {
    units: ['auditd.service'],
    reason:
      "Debian's own unit (MemoryDenyWriteExecute, RestrictRealtime and others are set). auditd writes its log and speaks with the kernel's audit socket; both need the rights that are counted."
  },
  {
    units: ['apparmor.service', 'systemd-pstore.service', 'e2scrub_reap.service', 'dhcpcd.service'],
    reason:
      "Debian's own units: they run once, before anybody can log in, and load profiles, save crash records and remove snapshots; dhcpcd sets addresses."
  }
]
