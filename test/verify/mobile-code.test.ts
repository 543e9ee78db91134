import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { Check } from '../../lib/controls/check.ts'
import { readContainerPolicy } from '../../lib/verify/readers/container-policy.ts'
import { dpkgStatus, stanza } from './good-tree.ts'
import { runChecks } from './run-tree.ts'
import type { Tree } from './tree-image.ts'

const check = v.parse(Check, {
  id: 'engines',
  title: 'engines',
  type: 'mobile-code',
  policy: ['podman', 'skopeo'],
  unverified: ['docker*'],
  left: ['cri-o*']
})
const having = (name: string, policy?: unknown): Tree => ({
  '/var/lib/dpkg/status': dpkgStatus + stanza(name),
  '/etc/plant.pub': 'key\n',
  ...(policy === undefined
    ? {}
    : { '/etc/containers/policy.json': typeof policy === 'string' ? policy : JSON.stringify(policy) })
})
const reject = [{ type: 'reject' }]
const anything = [{ type: 'insecureAcceptAnything' }]
const sigstore = [
  { type: 'sigstoreSigned', keyPath: '/etc/plant.pub', signedIdentity: { type: 'matchRepository' } }
]

async function judged(change: Tree): Promise<string> {
  const [result] = await runChecks(change, [check])
  return `${result?.status ?? ''}: ${result?.message ?? ''}`
}

describe('engines for mobile code', () => {
  it.each<[string, Tree]>([
    ['none', {}],
    ['one that takes nothing', having('podman', { default: reject })],
    [
      'one that takes what is signed',
      having('podman', { default: reject, transports: { docker: { 'r.example.org': sigstore } } })
    ],
    ['one whose every image is signed', having('skopeo', { default: [...anything, ...sigstore] })]
  ])('pass: %s', async (_, change) => {
    expect(await judged(change)).toMatch(/^pass: /)
  })

  it.each<[string, Tree, RegExp]>([
    ['everything is taken', having('podman', { default: anything }), /without a signature: default/],
    [
      'a scope is open',
      having('podman', { default: reject, transports: { docker: { 'docker.io': anything, '': reject } } }),
      /docker:docker\.io/
    ],
    ['no policy', having('podman'), /There is no/],
    [
      'a policy nobody reads',
      having('podman', '{"default": [{"type":"reject"}],}'),
      /refused by every engine.*not JSON/
    ],
    ['a word too much', having('podman', { default: reject, more: 1 }), /unknown field more/],
    [
      'an unknown requirement',
      having('podman', { default: [{ type: 'toString' }] }),
      /unknown requirement toString/
    ],
    ['an empty list', having('podman', { default: [] }), /default is not a list/],
    [
      'a key that is not there',
      having('podman', { default: [{ type: 'sigstoreSigned', keyPaths: ['/etc/plant.pub', '/none'] }] }),
      /\/none, which is not/
    ],
    [
      'a key others may change',
      { ...having('podman', { default: sigstore }), '/etc/plant.pub': { content: 'key', mode: 0o666 } },
      /can be changed/
    ],
    [
      'a policy of a person',
      {
        ...having('podman', { default: reject }),
        '/root/.config/containers/policy.json': JSON.stringify({ default: anything })
      },
      /\/root\/\.config/
    ],
    ['docker', having('docker.io'), /docker\.io runs code whose origin/]
  ])('fail: %s', async (_, change, message) => {
    const said = await judged(change)
    expect(said).toMatch(/^fail: /)
    expect(said).toMatch(message)
  })

  it('are not known where their configuration is not read', async () => {
    expect(await judged(having('cri-o-1.30'))).toMatch(/^unknown: /)
  })

  it('trust the keys that a requirement names at any depth', () => {
    const text = JSON.stringify({
      default: [{ type: 'sigstoreSigned', fulcio: { caPath: '/ca' }, rekorPublicKeyPath: '/r' }]
    })
    expect(readContainerPolicy(text)).toEqual({ open: [], keys: ['/ca', '/r'] })
  })
})
