import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { sshArguments } from '../../lib/boot/ssh-arguments.ts'

const login = {
  port: 2201,
  user: 'op',
  keyPath: '/keys/50% of "a" key',
  knownHosts: '/run/known hosts',
  connectTimeout: 60
}

/** What OpenSSH itself understands: `ssh -G` prints the effective configuration and connects to nobody. */
function understood(user = login.user): Map<string, string> {
  const text = execFileSync('ssh', ['-G', ...sshArguments({ ...login, user }, 'true')], { encoding: 'utf8' })
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)])
  )
}

describe('ssh', () => {
  test('goes to the forwarded port as the user with the key and nothing else', () => {
    const config = understood()
    expect(config.get('hostname')).toBe('127.0.0.1')
    expect(config.get('port')).toBe('2201')
    expect(config.get('user')).toBe('op')
    expect(config.get('identityfile')).toBe('/keys/50%% of "a" key')
    expect(config.get('identitiesonly')).toBe('yes')
    expect(config.get('identityagent')).toBe('none')
    expect(config.get('batchmode')).toBe('yes')
  })

  test('keeps host keys in our own file', () => {
    const config = understood()
    expect(config.get('userknownhostsfile')).toContain('/run/known hosts')
    expect(config.get('globalknownhostsfile')).toBe('/dev/null')
    expect(config.get('stricthostkeychecking')).toBe('accept-new')
  })

  test('a user name is never taken for an option', () => {
    expect(() => understood('-oProxyCommand=x')).toThrow('remote username contains invalid characters')
  })
})
