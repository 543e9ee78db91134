import { describe, expect, it } from 'vitest'
import { loadControls } from '../../lib/controls/load-controls.ts'
import { resolveParameters } from '../../lib/controls/parameters.ts'
import { runCheck } from '../../lib/verify/run-check.ts'
import { goodTree } from './good-tree.ts'
import { contextOf } from './run-tree.ts'
import { treeImage, type Tree } from './tree-image.ts'

/**
 * The settings of isar-cip-core's security image in their shape at commit f15ea48 (v1.8), in our own words; the
 * rest is an image where all is well. docs/agreement.md says what follows from them.
 */
const failed = 'deny=3 even_deny_root unlock_time=60'
const cip: Tree = {
  '/etc/pam.d/common-auth': `auth required pam_faillock.so preauth silent ${failed}
auth required pam_faillock.so .so authfail ${failed}
account required pam_faillock.so
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth required pam_google_authenticator.so nullok
`,
  '/etc/pam.d/sshd': '@include common-auth\n@include common-account\n@include common-session\n',
  '/etc/pam.d/login': '@include common-auth\n@include common-account\n@include common-session\n',
  '/etc/ssh/sshd_config.d/ssh-remote-session-term.conf': {
    content: 'ClientAliveInterval 120\nClientAliveCountMax 0\n',
    mode: 0o600
  },
  '/etc/ssh/sshd_config.d/ssh-pam-remote.conf': {
    content: 'KbdInteractiveAuthentication yes\nAuthenticationMethods keyboard-interactive\n',
    mode: 0o600
  },
  '/etc/issue': 'CIP Core Security Image (login: root/CIPsecurity@123)\n'
}

const { controls } = await loadControls()
const { values } = resolveParameters(controls.flatMap(({ parameters }) => parameters))

async function answer(id: string, tree: Tree) {
  const [controlId, checkId] = id.split('/')
  const control = controls.find((one) => one.id === controlId)
  const check = control?.checks.find((one) => one.id === checkId)
  if (!control || !check) throw new Error(`there is no check ${id}`)
  return runCheck(control.id, check, values, await contextOf(treeImage(goodTree, tree)))
}

describe("isar-cip-core's own settings (f15ea48, v1.8) fail with the reason", () => {
  it.each([
    ['login-lockout/auth-order', /authfail/],
    ['remote-session-termination/alive-count', /ClientAliveCountMax.*0/],
    ['second-factor/ssh-stack', /nullok/],
    ['second-factor/login-stack', /nullok/],
    ['second-factor/ssh-methods', /keyboard-interactive/],
    ['no-default-credentials/nullok', /nullok/],
    ['system-use-notification/issue', /\/etc\/issue matches login: /]
  ])('%s', async (id, reason) => {
    const { status, message } = await answer(id, cip)
    expect(`${status}: ${message}`).toMatch(/^fail: /)
    expect(message).toMatch(reason)
  })
})

describe('where they are right we say so', () => {
  it.each(['login-lockout/deny', 'remote-session-termination/alive-interval', 'sshd-hardening/root-login'])(
    '%s',
    async (id) => {
      expect((await answer(id, cip)).status).toBe('pass')
    }
  )
})
