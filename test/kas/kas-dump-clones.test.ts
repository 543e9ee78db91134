import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readKasProject } from '../../lib/kas/project.ts'
import { clone, type clones } from './clones.ts'
import { kas, plantTree } from './project-tree.ts'

/** kas reads and merges as always, and leaves out what needs the network. */
const offline = [
  'repo_setup_loop',
  'finish_setup_repos',
  'repos_checkout',
  'repos_apply_patches',
  'setup_environ',
  'write_bbconfig'
].flatMap((step) => ['--skip', step])

const chains: [variable: (typeof clones)[number]['variable'], chain: string][] = [
  ['KAS_HARDEN_TEST_CIP', 'kas-cip.yml'],
  ['KAS_HARDEN_TEST_CIP', 'kas-cip.yml:kas/board/qemu-amd64.yml:kas/opt/security.yml'],
  ['KAS_HARDEN_TEST_CIP', 'kas-cip.yml:kas/board/bbb.yml:kas/opt/4.4.yml:kas/opt/rt.yml:kas/opt/trixie.yml'],
  [
    'KAS_HARDEN_TEST_CIP',
    'kas-cip.yml:kas/board/x86-uefi.yml:kas/opt/encrypt-all.yml:kas/opt/delta-update.yml'
  ],
  ['KAS_HARDEN_TEST_IOT2050', 'kas-iot2050-example.yml'],
  ['KAS_HARDEN_TEST_IOT2050', 'kas-iot2050-example.yml:kas/opt/secure-boot.yml:kas/opt/package-lock.yml'],
  ['KAS_HARDEN_TEST_IOT2050', 'kas-iot2050-swupdate.yml'],
  [
    'KAS_HARDEN_TEST_ISAR',
    'kas/isar.yaml:kas/machine/qemuamd64.yaml:kas/distro/debian-bookworm.yaml:kas/image/isar-image-base.yaml:kas/opt/user-root.yaml'
  ],
  [
    'KAS_HARDEN_TEST_ISAR',
    'kas/isar.yaml:kas/machine/container-amd64.yaml:kas/distro/debian-trixie.yaml:kas/image/isar-image-ci.yaml:kas/package/pkg_hello.yaml'
  ]
]

describe('our merged configuration equals kas dump of the real project', () => {
  it.each(chains)('%s: %s', async (variable, chain) => {
    const root = clone(variable)
    if (root === undefined) return
    for (const file of chain.split(':')) expect(existsSync(join(root, file)), file).toBe(true)
    const env = { KAS_WORK_DIR: plantTree({ empty: '' }) }
    const dumped = JSON.parse(kas(root, ['dump', ...offline, '--format', 'json', chain], env)) as unknown
    const project = await readKasProject(chain, { cwd: root, env })
    expect(project.config).toEqual(dumped)
  })
})
