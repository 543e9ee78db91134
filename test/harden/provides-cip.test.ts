import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readKasProject } from '../../lib/kas/project.ts'
import { whoProvides } from '../../lib/harden/provides-cip.ts'
import { cipLayer, keptBeside } from '../recipes/cip-debs.ts'
import { git } from '../kas/project-tree.ts'
import { runCli } from '../run-cli.ts'
import { plainProject, temporaryDirectory, writeProject } from '../temporary.ts'

/** A project that is a layer of the collection `cip-core`, with the recipes a security image has. */
const cip = {
  'kas-cip.yml': `header: {version: 14}
build_system: isar
machine: qemu-amd64
distro: debian-bookworm
target: cip-core-image-security
repos:
  cip-core:
`,
  'kas-harden.yml': plainProject['kas-harden.yml'],
  'conf/layer.conf': 'BBFILE_COLLECTIONS += "cip-core"\n',
  'recipes-core/images/cip-core-image-security.bb':
    'inherit image\nIMAGE_INSTALL += "security-customizations"\nIMAGE_INSTALL += "fail2ban-config"\n',
  'recipes-core/security-customizations/files/postinst': [
    'echo "login: root/secret" > /etc/issue',
    '# maxlogins in a comment is no setting',
    'sed -i s/x/pam_faillock.so/ /etc/pam.d/common-auth',
    'echo "* hard maxlogins 2" >> /etc/security/limits.conf',
    'sed -i "s/disk_error_action = .*/disk_error_action = SYSLOG/" /etc/audit/auditd.conf',
    'echo "auth required pam_google_authenticator.so nullok" >> /etc/pam.d/common-auth'
  ].join('\n'),
  'recipes-core/security-customizations/files/ssh.conf': 'ClientAliveCountMax 0\n',
  'recipes-core/customizations/files/postinst.tmpl': 'echo demo > /etc/hostname\n'
}

async function planned(level: number) {
  const root = writeProject(temporaryDirectory(), cip)
  git(root, 'add', '.')
  git(root, 'commit', '-qm', 'one')
  const commit = git(root, 'rev-parse', 'HEAD')
  const arguments_ = ['plan', 'kas-cip.yml', '--sl', String(level)]
  const { code, stdout, stderr } = await runCli(root, [...arguments_, '--json'])
  expect(code, stderr).toBe(0)
  const { provides } = JSON.parse(stdout) as { provides: NonNullable<ReturnType<typeof whoProvides>> }
  const text = (await runCli(root, arguments_)).stdout
  return { commit, provides, text }
}

describe('who provides a setting on isar-cip-core', () => {
  it('names our package, the commit, and the line of isar-cip-core', async () => {
    const { commit, provides, text } = await planned(3)
    expect(provides).toMatchObject({ repo: 'cip-core', commit })
    const files = 'recipes-core/security-customizations/files'
    expect(provides.settings.map(({ by, place }) => [place, ...by])).toEqual([
      [`${files}/postinst:1`, 'kas-harden-site (banner)'],
      [`${files}/postinst:3`, 'kas-harden-pam', 'kas-harden-site (pam)'],
      [`${files}/postinst:6`, 'kas-harden-mfa'],
      [`${files}/postinst:4`, 'kas-harden-site (session-limits)'],
      [`${files}/postinst:5`, 'kas-harden-site (audit)'],
      [`${files}/ssh.conf:1`, 'kas-harden-ssh', 'kas-harden-site (ssh)'],
      ['recipes-core/customizations/files/postinst.tmpl:1', 'customizations']
    ])
    expect(text).toContain(`(repo cip-core, commit ${commit})`)
    expect(text).toContain('- host name: customizations; isar-cip-core: recipes-core/customizations/')
  })

  it('leaves to isar-cip-core what the level does not ask of us, but no optional second factor', async () => {
    const { provides, text } = await planned(2)
    const by = new Map(provides.settings.map((one) => [one.setting, one.by]))
    expect(by.get('sessions at the same time')).toEqual(['security-customizations'])
    expect(by.get('second factor')).toEqual([])
    expect(text).toContain('second factor (CR 1.1 RE(2)): none;')
    expect(text).toContain("isar-cip-core's is left out: it is optional (nullok)")
  })

  it('decides as the bbappends do', async () => {
    const root = writeProject(temporaryDirectory(), cip)
    const project = await readKasProject('kas-cip.yml', { cwd: root, env: {} })
    const names = { maxlogins: 'sessions at the same time', auditd: 'audit storage: response to errors' }
    for (const siteParts of [['session-limits'], ['audit', 'banner']]) {
      for (const settings of [['kas-harden-pam'], ['kas-harden-pam', 'kas-harden-ssh']]) {
        const kept = keptBeside({ install: settings, parts: siteParts }).split(' ')
        const provided = whoProvides(project, { settings, siteParts })!.settings
        const theirs = (setting: string) =>
          provided.find((one) => one.setting === setting)?.by.includes('security-customizations')
        for (const [word, setting] of Object.entries(names)) expect(theirs(setting)).toBe(kept.includes(word))
        expect(theirs('sshd: end of remote sessions')).toBe(kept.includes('sshd'))
      }
    }
  })

  it('says nothing where there is no isar-cip-core', async () => {
    const root = writeProject(temporaryDirectory(), plainProject)
    const { stdout } = await runCli(root, ['plan', 'kas.yml'])
    expect(stdout).not.toContain('isar-cip-core')
    const other = { ...cip, 'conf/layer.conf': 'BBFILE_COLLECTIONS += "product"\n' }
    const project = await readKasProject('kas-cip.yml', {
      cwd: writeProject(temporaryDirectory(), other),
      env: {}
    })
    expect(whoProvides(project, { settings: [], siteParts: [] })).toBeUndefined()
  })

  it('finds every setting of the real isar-cip-core', async (context) => {
    const { path, real } = cipLayer()
    if (!real) return context.skip('KAS_HARDEN_TEST_CIP names no clone')
    const work = temporaryDirectory()
    const chain = 'kas-cip.yml:kas/board/qemu-amd64.yml:kas/opt/security.yml'
    expect(existsSync(join(path, 'kas-cip.yml'))).toBe(true)
    const project = await readKasProject(chain, { cwd: path, env: { KAS_WORK_DIR: work } })
    const profile = { settings: ['kas-harden-pam', 'kas-harden-ssh'], siteParts: ['banner', 'audit'] }
    const settings = whoProvides(project, profile)!.settings.map((one) => one.setting)
    for (const setting of ['second factor', 'strength of passwords', 'network interfaces', 'sshd: root']) {
      expect(settings).toContain(setting)
    }
    expect(settings.length).toBeGreaterThan(12)
  })
})
