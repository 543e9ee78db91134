import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory for one test, removed when the test has ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-test-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

/** Writes files by relative path and makes the directory a git repository, as kas expects a project to be. */
export function writeProject(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  execFileSync('git', ['init', '-q', directory])
  return directory
}

/** A throw-away public key: its form is right, nobody has the private part. */
export const publicKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7)
]).toString('base64')} test@example.org`

/** kas-harden.yml of a small product: an operator, an administrator, and what the test is about. */
export function hardenFile({
  networks = '192.0.2.0/24',
  passwordHash = '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7',
  parameters = ''
} = {}): string {
  return `target:
  components: [EDR]
  securityLevel: 2
  edition: '2019'
accounts:
  - name: op
    role: operator
    sshKey: ${publicKey}
  - name: admin
    role: admin
    sshKey: ${publicKey}
    passwordHash: ${passwordHash}
parameters:
  firewall.management_networks: [${networks}]
  time.servers: [ntp.example.org]
${parameters}`
}

/** A small project on plain isar without any remote repository. */
export const plainProject = {
  'kas.yml': `header:
  version: 14
build_system: isar
machine: qemuamd64
distro: debian-bookworm
target: isar-image-base
local_conf_header:
  product: |
    HOSTNAME = "gateway"
    KERNEL_NAME = "cloud-amd64"
    IMAGE_PREINSTALL:append = " dhcpcd openssh-server"
`,
  'kas-harden.yml': hardenFile({ networks: '10.0.2.0/24' })
} as const
