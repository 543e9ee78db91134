import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manualCommands, type ManualCommands } from '../../lib/boot/manual-command.ts'

let home: string
let commands: ManualCommands
beforeAll(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'manual-')), "it's a project")
  await mkdir(home)
  await writeFile(join(home, 'my key'), '')
  commands = manualCommands('out/my image.wic', {
    firmware: { code: '/fw/OVMF_CODE_4M.fd', vars: '/fw/OVMF_VARS_4M.fd' },
    user: 'op',
    keyPath: 'my key',
    cwd: home
  })
})
afterAll(async () => {
  await rm(join(home, '..'), { recursive: true })
})

/** What a shell makes of a command line. */
function shellWords(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' }).split('\0')
}

test('both are one line, so that pasting runs them once', () => {
  expect(commands.boot).not.toContain('\n')
  expect(commands.ssh).not.toContain('\n')
})

test('the disk is named absolutely and is not written, nor are the firmware variables', () => {
  expect(shellWords(commands.boot)).toContain(
    `if=none,id=disk,format=raw,snapshot=on,file=${home}/out/my image.wic`
  )
  expect(shellWords(commands.boot)).toContain(
    'if=pflash,unit=1,format=raw,snapshot=on,file=/fw/OVMF_VARS_4M.fd'
  )
})

test('ssh understands where, who and with which key, and leaves known_hosts alone', () => {
  const said = execFileSync('sh', ['-c', commands.ssh.replace(/^ssh/, 'ssh -G -F /dev/null')], {
    encoding: 'utf8'
  })
  const lines = said.split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'user op',
      'hostname 127.0.0.1',
      'port 2222',
      'identitiesonly yes',
      'userknownhostsfile /dev/null'
    ])
  )
  expect(lines).toContain(`identityfile ${join(home, 'my key')}`)
})
