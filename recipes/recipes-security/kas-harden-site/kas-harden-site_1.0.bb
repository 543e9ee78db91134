# SPDX-License-Identifier: Apache-2.0
#
# The values of a site. They are bitbake variables KAS_HARDEN_*, set in a
# local_conf_header block of the overlay that "kas-harden apply" writes.

DESCRIPTION = "Settings against IEC 62443-4-2: the values of this site"
MAINTAINER = "kas-harden maintainers <kas-harden@example.org>"

inherit dpkg

DPKG_ARCH = "all"

SRC_URI = "file://files"
S = "${WORKDIR}/files"

# parts and settings packages that belong together are named in files/parts/*/depends
DEPENDS += "kas-harden-settings"

KAS_HARDEN_SITE_PARTS ??= ""

KAS_HARDEN_LOCKOUT_DENY ??= "5"
KAS_HARDEN_LOCKOUT_FAIL_INTERVAL ??= "900"
KAS_HARDEN_LOCKOUT_UNLOCK_TIME ??= "600"
KAS_HARDEN_PASSWORD_MINLEN ??= "12"
KAS_HARDEN_PASSWORD_MINCLASS ??= "3"
KAS_HARDEN_PASSWORD_MAXREPEAT ??= "3"
KAS_HARDEN_PASSWORD_REMEMBER ??= "12"
KAS_HARDEN_PASSWORD_MAX_DAYS ??= "365"
KAS_HARDEN_PASSWORD_MIN_DAYS ??= "1"
KAS_HARDEN_PASSWORD_WARN_DAYS ??= "14"
KAS_HARDEN_SESSION_TIMEOUT ??= "900"
KAS_HARDEN_SESSION_MAX_LOGINS ??= "4"
KAS_HARDEN_SSH_MAX_AUTH_TRIES ??= "3"
KAS_HARDEN_SSH_MAX_SESSIONS ??= "4"
KAS_HARDEN_SSH_LOGIN_GRACE ??= "30"
KAS_HARDEN_SSH_AUTHORIZED_KEYS ??= ""
KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS ??= ""
KAS_HARDEN_FIREWALL_SSH_RATE ??= "10"
KAS_HARDEN_BOUNDARY_FLOWS ??= "none"
KAS_HARDEN_BOUNDARY_UNTRUSTED ??= "none"
KAS_HARDEN_AUDIT_MAX_LOG_FILE ??= "8"
KAS_HARDEN_AUDIT_NUM_LOGS ??= "10"
KAS_HARDEN_AUDIT_SPACE_LEFT ??= "25%"
KAS_HARDEN_AUDIT_ADMIN_SPACE_LEFT ??= "10%"
KAS_HARDEN_JOURNAL_SYSTEM_MAX_USE ??= "200M"
KAS_HARDEN_KERNEL_MODULES ??= ""
KAS_HARDEN_KERNEL_MODULES_LOCK_AFTER ??= "multi-user.target"
KAS_HARDEN_LOG_SERVER ??= ""
KAS_HARDEN_LOG_PORT ??= "6514"
KAS_HARDEN_LOG_CA ??= ""
KAS_HARDEN_TAMPER_SENSORS ??= ""
KAS_HARDEN_TIME_SERVERS ??= ""
KAS_HARDEN_BACKUP_PATHS ??= "/etc /home /root /var/lib/kas-harden-mfa /var/spool/cron"
KAS_HARDEN_BACKUP_RESET_PATHS ??= "/var/tmp"
KAS_HARDEN_ERASE_PATHS ??= "/home /root /srv /var/lib /var/log /var/mail /var/spool /var/tmp /etc"
KAS_HARDEN_BANNER_TEXT ??= "Authorised use only. Activity on this device is recorded.|Leave now if you have no permission of the owner."
KAS_HARDEN_INTEGRITY_SCHEDULE ??= "*-*-* 02:30:00"
KAS_HARDEN_WATCHDOG_TIMEOUT ??= ""
# read by kas-harden verify only
KAS_HARDEN_SERVICES_ALLOWED ??= "kas-harden-*"
KAS_HARDEN_PORTS_ALLOWED ??= "tcp/22"
KAS_HARDEN_AUDIT_UNRECORDED ??= "none"
KAS_HARDEN_BOARD_OPTIONS ??= "none"
KAS_HARDEN_PRIVILEGES_SETUID ??= "/usr/bin/sudo"

KAS_HARDEN_SITE_VARS = " \
    KAS_HARDEN_AUDIT_ADMIN_SPACE_LEFT \
    KAS_HARDEN_AUDIT_MAX_LOG_FILE \
    KAS_HARDEN_AUDIT_NUM_LOGS \
    KAS_HARDEN_AUDIT_SPACE_LEFT \
    KAS_HARDEN_BACKUP_PATHS \
    KAS_HARDEN_BACKUP_RESET_PATHS \
    KAS_HARDEN_BANNER_TEXT \
    KAS_HARDEN_BOUNDARY_FLOWS \
    KAS_HARDEN_BOUNDARY_UNTRUSTED \
    KAS_HARDEN_ERASE_PATHS \
    KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS \
    KAS_HARDEN_FIREWALL_SSH_RATE \
    KAS_HARDEN_INTEGRITY_SCHEDULE \
    KAS_HARDEN_JOURNAL_SYSTEM_MAX_USE \
    KAS_HARDEN_KERNEL_MODULES \
    KAS_HARDEN_KERNEL_MODULES_LOCK_AFTER \
    KAS_HARDEN_LOCKOUT_DENY \
    KAS_HARDEN_LOCKOUT_FAIL_INTERVAL \
    KAS_HARDEN_LOCKOUT_UNLOCK_TIME \
    KAS_HARDEN_LOG_CA \
    KAS_HARDEN_LOG_PORT \
    KAS_HARDEN_LOG_SERVER \
    KAS_HARDEN_PASSWORD_MAXREPEAT \
    KAS_HARDEN_PASSWORD_MAX_DAYS \
    KAS_HARDEN_PASSWORD_MINCLASS \
    KAS_HARDEN_PASSWORD_MINLEN \
    KAS_HARDEN_PASSWORD_MIN_DAYS \
    KAS_HARDEN_PASSWORD_REMEMBER \
    KAS_HARDEN_PASSWORD_WARN_DAYS \
    KAS_HARDEN_SESSION_MAX_LOGINS \
    KAS_HARDEN_SESSION_TIMEOUT \
    KAS_HARDEN_SITE_PARTS \
    KAS_HARDEN_SSH_AUTHORIZED_KEYS \
    KAS_HARDEN_SSH_LOGIN_GRACE \
    KAS_HARDEN_SSH_MAX_AUTH_TRIES \
    KAS_HARDEN_SSH_MAX_SESSIONS \
    KAS_HARDEN_TAMPER_SENSORS \
    KAS_HARDEN_TIME_SERVERS \
    KAS_HARDEN_WATCHDOG_TIMEOUT \
    "

# Other values, other version: sha256 of "NAME=value\n" of all of them, in the
# order of their names. kas-harden's own engine computes the same.
def kas_harden_site_version(d):
    import hashlib
    names = sorted(d.getVar('KAS_HARDEN_SITE_VARS').split())
    text = ''.join('%s=%s\n' % (name, d.getVar(name) or '') for name in names)
    return '1.0+site.' + hashlib.sha256(text.encode('utf-8')).hexdigest()[:12]

# Also isar's version, so that each set of values has a work directory of its
# own: isar deploys every package it finds in there, and of two versions apt
# takes the higher one, which may be the older.
PV = "${@kas_harden_site_version(d)}"
KAS_HARDEN_SITE_VERSION = "${PV}"

TEMPLATE_VARS = "KAS_HARDEN_SITE_VERSION ${KAS_HARDEN_SITE_VARS}"
TEMPLATE_FILES = " \
    files/debian/changelog.tmpl \
    files/parts.list.tmpl \
    files/parts/audit/root/etc/audit/auditd.conf.kas-harden.tmpl \
    files/parts/audit/values.tmpl \
    files/parts/backup/paths.tmpl \
    files/parts/backup/reset.tmpl \
    files/parts/backup/values.tmpl \
    files/parts/banner/text.tmpl \
    files/parts/erase/paths.tmpl \
    files/parts/erase/values.tmpl \
    files/parts/firewall/firewall.nft.tmpl \
    files/parts/firewall/flows.tmpl \
    files/parts/firewall/networks.tmpl \
    files/parts/firewall/untrusted.tmpl \
    files/parts/firewall/values.tmpl \
    files/parts/integrity/root/etc/systemd/system/dailyaidecheck.timer.d/60-kas-harden-site.conf.tmpl \
    files/parts/integrity/values.tmpl \
    files/parts/journal/root/etc/systemd/journald.conf.d/60-kas-harden-site.conf.tmpl \
    files/parts/journal/values.tmpl \
    files/parts/log-forward/ca.tmpl \
    files/parts/log-forward/root/etc/rsyslog.conf.kas-harden.tmpl \
    files/parts/log-forward/values.tmpl \
    files/parts/modules/list.tmpl \
    files/parts/modules/root/etc/systemd/system/kas-harden-modules.service.d/60-kas-harden-site.conf.tmpl \
    files/parts/modules/values.tmpl \
    files/parts/pam/root/etc/security/faillock.conf.kas-harden.tmpl \
    files/parts/pam/root/etc/security/pwquality.conf.d/60-kas-harden.conf.tmpl \
    files/parts/pam/values.tmpl \
    files/parts/password-lifetime/login.defs.tmpl \
    files/parts/password-lifetime/root/usr/share/pam-configs/kas-harden-pwhistory.tmpl \
    files/parts/password-lifetime/values.tmpl \
    files/parts/session-limits/root/etc/security/limits.d/60-kas-harden-sessions.conf.tmpl \
    files/parts/session-limits/values.tmpl \
    files/parts/session/root/etc/profile.d/60-kas-harden-timeout.sh.tmpl \
    files/parts/session/root/etc/systemd/logind.conf.d/60-kas-harden-site.conf.tmpl \
    files/parts/session/values.tmpl \
    files/parts/ssh/authorized_keys.tmpl \
    files/parts/ssh/release/bullseye/root/etc/ssh/sshd_config.d/10-kas-harden-site.conf.tmpl \
    files/parts/ssh/root/etc/ssh/sshd_config.d/10-kas-harden-site.conf.tmpl \
    files/parts/ssh/values.tmpl \
    files/parts/tamper/sensors.tmpl \
    files/parts/tamper/values.tmpl \
    files/parts/time/servers.tmpl \
    files/parts/watchdog/root/etc/systemd/system.conf.d/60-kas-harden-watchdog.conf.tmpl \
    files/parts/watchdog/values.tmpl \
    "
