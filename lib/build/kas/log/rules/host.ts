import type { Rule } from './rule.ts'

/** What isar wants of the machine, or of the container's image. */
export const hostRules: readonly Rule[] = [
  {
    code: 'LOCALE_MISSING',
    kind: 'environment',
    where: ['kas', 'engine'],
    rank: 4,
    patterns: [/^(?:ERROR: )?Please make sure locale '(?<name>[^']+)' is available on your system/],
    explain: ({ groups }) => ({
      message: `BitBake needs the locale ${groups['name'] ?? ''}, which this system has not`,
      hint:
        'apt-get install locales, take the # off its line in /etc/locale.gen, run locale-gen; kas-container brings ' +
        'its own'
    })
  },
  {
    code: 'ROOT_BWRAP',
    kind: 'build',
    where: ['task'],
    rank: 4,
    patterns: [/^E: setgroups 65534 failed - setgroups/, /^E: seteuid \d+ failed - seteuid/],
    explain: () => ({
      message: 'apt can not drop its rights inside bubblewrap, because kas runs as root',
      hint:
        'run the build as an ordinary user with sudo; ROOTFS_APT_ARGS:append = " -o APT::Sandbox::User=root" helps ' +
        'only images without packages that isar builds itself'
    })
  },
  {
    code: 'BWRAP_TOO_NEW',
    kind: 'environment',
    where: ['task'],
    rank: 4,
    patterns: [/^bwrap: Can't mount on symlink destination (?<path>\S+)/],
    explain: () => ({
      message: 'this isar does not work with bubblewrap 0.12 or later (it refuses symbolic links as mount points)',
      hint:
        'use bubblewrap 0.11 or earlier (bookworm has 0.8), the kas-isar image, which brings one that fits, or a ' +
        'newer isar'
    })
  },
  {
    code: 'BWRAP_NOT_ALLOWED',
    kind: 'environment',
    where: ['task'],
    rank: 4,
    patterns: [
      /^bwrap: (?:No permissions to create (?:a )?new namespace|setting up uid map: Permission denied|Creating new namespace failed: .*)/,
      /^bwrap: (?:loopback: Failed RTM_NEWADDR|Can't mount proc on)/
    ],
    explain: () => ({
      message: 'bubblewrap may not make user namespaces here',
      hint:
        'allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or ' +
        'build with kas-container --isar-privileged'
    })
  },
  {
    code: 'COMMAND_MISSING',
    kind: 'environment',
    where: ['task', 'kas'],
    rank: 6,
    patterns: [
      /^(?:\/\S+: )?(?:line \d+: |\d+: )?(?<name>[\w.+-]+): (?:command )?not found$/,
      /^ERROR: The following required tools \(as specified by HOSTTOOLS\) appear to be unavailable in PATH/,
      /^\/\S+: (?:line )?\d+: (?<name>[\w.+-]+): (?:command )?not found$/,
      /^sudo: (?<name>[\w.+-]+): command not found$/
    ],
    explain: ({ groups }) => ({
      message: `the build calls ${groups['name'] ?? 'a program'}, which is not installed here`,
      hint: 'kas-harden doctor lists what isar needs on this machine; kas-container brings all of it'
    })
  },
  {
    code: 'GIT_UNUSABLE',
    kind: 'environment',
    where: ['engine', 'kas'],
    rank: 4,
    patterns: [/^ImportError: (?:Failed to initialize: )?Bad git executable/],
    explain: () => ({
      message: 'kas can not run git',
      hint: 'install git; if it is there, check PATH and that /dev/null can be opened by this user'
    })
  },
  {
    code: 'SSHD_REGEN_KEYS',
    kind: 'build',
    where: ['kas', 'task'],
    rank: 5,
    patterns: [/Install the package or forcefully remove this check!/],
    explain: () => ({
      message: 'isar wants the recipe sshd-regen-keys in every image with openssh-server',
      hint: 'add IMAGE_INSTALL:append = " sshd-regen-keys" to local_conf_header'
    })
  }
]
