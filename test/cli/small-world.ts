import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

const packages = ['libc6', 'openssh-server', 'sudo']
const status = packages
  .map(
    (name) =>
      `Package: ${name}\nStatus: install ok installed\nMaintainer: A <a@b.example>\nArchitecture: amd64\nVersion: 1\nDescription: x\n\n`
  )
  .join('')

/**
 * A project directory with all a verb may want: a kas project that can be planned, one that is applied, a small root
 * file system, and two SBOMs that differ.
 */
export function smallWorld(): string {
  const directory = writeProject(temporaryDirectory(), plainProject)
  const root = join(directory, 'rootfs')
  for (const folder of ['var/lib/dpkg', 'etc']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'var/lib/dpkg/status'), status)
  writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
  const other = join(directory, 'other')
  cpSync(root, other, { recursive: true })
  writeFileSync(join(other, 'var/lib/dpkg/status'), status.replace('sudo', 'doas'))
  writeFileSync(join(directory, 'a file'), 'no folder\n')
  return directory
}
