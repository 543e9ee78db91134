import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../lib/controls/check.ts'
import { runCheck } from '../../lib/verify/run-check.ts'
import { goodTree } from './good-tree.ts'
import { contextOf } from './run-tree.ts'
import { treeImage, type Tree } from './tree-image.ts'

async function answer(check: Partial<Check> & { type: Check['type'] }, ...trees: readonly Tree[]) {
  const whole = { id: 'x', title: 'x', ...check } as Check
  const { status, message } = await runCheck(
    'test',
    whole,
    {},
    await contextOf(treeImage(goodTree, ...trees))
  )
  return `${status}: ${message}`
}

describe('flows between zones, as nft reads the rules', () => {
  const rules = (forward: string, policy = 'drop') => ({
    '/etc/nftables.conf': `table inet filter {
  chain forward { type filter hook forward priority 0; policy ${policy};
    ct state established,related accept
    ${forward}
  }
  chain sub { tcp dport 443 accept
  }
}\n`
  })
  const judge = (forward: string, flows: string[], policy?: string) =>
    answer({ type: 'nftables', hook: 'forward', flows }, rules(forward, policy))
  const web = 'eth0>eth1:tcp/443'
  const accepting = 'iifname "eth0" oifname "eth1" tcp dport 443 ct state new accept'

  it.each([
    ['nothing but answers', '', ['none']],
    ['a flow', accepting, [web]],
    ['a flow with less than it may', `ip saddr 192.0.2.7 ${accepting}`, [web]],
    [
      'networks',
      `iifname "a" oifname "b" ip saddr 10.1.2.3/8 ip daddr 192.0.2.7 udp dport 5-9 accept`,
      ['a@10.0.0.0/8>b@192.0.2.7:udp/5-9']
    ],
    [
      'networks of IPv6',
      `iifname "a" oifname "b" ip6 saddr 2001:db8::1/32 tcp dport 1 accept`,
      ['a@2001:db8::/32>b:tcp/1']
    ],
    ['a flow through another chain', `iifname "eth0" oifname "eth1" jump sub`, [web]]
  ])('take %s', async (_, forward, flows) => {
    expect(await judge(forward, flows)).toMatch(/^pass/)
  })

  it.each([
    ['an accept for all', 'accept', ['none']],
    ['a flow nobody named', accepting, ['none']],
    ['another port', accepting.replace('443', '80'), [web]],
    ['the way back as a way in', accepting.replaceAll('eth0', 'x'), [web]],
    ['new connections beside answers', 'ct state established,new accept', ['none']],
    ['every port of a flow', 'iifname "eth0" oifname "eth1" accept', [web]],
    ['all but one port', accepting.replace('443', '!= 443'), [web]],
    [
      'a wider network',
      `iifname "a" oifname "b" ip saddr 10.0.0.0/7 tcp dport 1 accept`,
      ['a@10.0.0.0/8>b:tcp/1']
    ],
    ['a flow without its rule', '', [web]],
    ['a chain that refuses one of many', 'jump sub', [web]],
    ['a flow that is none', accepting, ['eth0:443']]
  ])('refuse %s', async (_, forward, flows) => {
    expect(await judge(forward, flows)).toMatch(/^fail/)
  })

  it('are nothing where the policy lets through what no rule names', async () => {
    expect(await judge('', ['none'], 'accept')).toMatch(/^fail/)
  })

  it('are not told where a map of verdicts accepts', async () => {
    expect(await judge('tcp dport vmap { 443 : accept }', ['none'])).toMatch(/^unknown/)
  })
})

describe('approvals', () => {
  const set = (text: string) => ({
    '/etc/nftables.conf': `table inet filter { set remote { type ipv4_addr; ${text} }
  chain input { type filter hook input priority 0; policy drop; ip saddr @remote tcp dport 22 accept
  }
}\n`
  })
  const check = { type: 'nftables' as const, hook: 'input' as const, approvals: ['remote'] }
  it('end by themselves, and none is there at boot', async () => {
    expect(await answer(check, set('flags timeout;'))).toMatch(/^pass/)
    expect(await answer(check, set('flags interval;'))).toMatch(/^fail: Elements .* no end/)
    expect(await answer(check, set('flags timeout; elements = { 192.0.2.1 };'))).toMatch(/^fail: .*at boot/)
    expect(await answer({ ...check, approvals: ['other'] })).toMatch(/^fail: There is no set/)
  })
})

describe('closed interfaces', () => {
  const check = { type: 'nftables' as const, hook: 'input' as const, closedInterfaces: ['none', 'eth0'] }
  const rules = (text: string) => ({
    '/etc/nftables.conf': `table inet i { chain f { type filter hook input priority -20; policy accept
  ${text}
  }
}\n`
  })
  it.each([
    ['iifname "eth0" drop', 'pass'],
    ['iifname { "wwan0", "eth0" } counter drop', 'pass'],
    ['iifname "eth1" accept\niifname "eth0" drop', 'pass'],
    ['iifname "eth1" drop', 'fail'],
    ['iifname != "eth0" drop', 'fail'],
    ['iifname "eth0" tcp dport 22 drop', 'fail'],
    ['tcp dport 22 accept\niifname "eth0" drop', 'fail'],
    ['iifname "eth0" accept\niifname "eth0" drop', 'fail'],
    ['', 'fail']
  ])('%s', async (text, status) => {
    expect((await answer(check, rules(text))).split(':')[0]).toBe(status)
  })
})

describe('a rule set that is loaded later', () => {
  const check = { type: 'nftables', hook: 'forward', file: '/etc/island.nft', policy: 'drop' } as const
  it('is judged by its own file', async () => {
    const island = (policy: string) => ({
      '/etc/island.nft': `table inet i { chain f { type filter hook forward priority 0; policy ${policy}; }
}\n`
    })
    expect(await answer(check, island('drop'))).toMatch(/^pass/)
    expect(await answer(check, island('accept'))).toMatch(/^fail/)
    expect(await answer(check)).toMatch(/^fail: .*can't be loaded/)
  })
})

describe('SWUpdate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-swupdate-test-'))
  const certificates: Record<string, string> = {}
  beforeAll(() => {
    for (const [name, subject] of [
      ['good', '/CN=supplier'],
      ['test', '/O=SnakeOil']
    ] as const) {
      const file = join(directory, name)
      const args = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        subject,
        '-out',
        file,
        '-keyout',
        `${file}.key`
      ]
      execFileSync('openssl', args, { stdio: 'pipe' })
      certificates[name] = readFileSync(file, 'utf8')
    }
    certificates['public'] = execFileSync('openssl', ['rsa', '-in', join(directory, 'good.key'), '-pubout'], {
      stdio: 'pipe'
    }).toString()
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })
  const program = {
    '/usr/bin/swupdate': { content: 'ELF SWUpdate is built for signed images, provide', mode: 0o755 }
  }
  const check = { type: 'swupdate', rule: 'authenticated' } as const
  const key = (name: string, facts: object = {}) => ({
    '/etc/swu.pem': { content: certificates[name] ?? '', ...facts }
  })
  const config = {
    '/etc/swupdate.cfg':
      '# globals : { public-key-file = "/x"; };\nglobals :\n{\n  verbose = true; /* a "comment" */\n  public-key-file = "/etc/swu.pem";\n};\n'
  }

  it('has a key, by its configuration or by its arguments', async () => {
    expect(await answer(check, program, config, key('good'))).toMatch(/^pass: .*certificate/)
    expect(await answer(check, program, config, key('public'))).toMatch(/^pass: .*public key/)
    const args = {
      '/etc/swupdate/conf.d/10-key': 'SWUPDATE_ARGS="-v -k /etc/swu.pem ${SWUPDATE_EXTRA_ARGS}"\n'
    }
    expect(await answer(check, program, args, key('good'))).toMatch(/^pass/)
  })

  it.each([
    ['no configuration', {}, /nothing gives swupdate a key/],
    [
      'a key in a comment',
      { '/etc/swupdate.cfg': 'globals : { // public-key-file = "/etc/swu.pem";\n };' },
      /no public-key-file/
    ],
    ['a key that is not there', { ...config, '/etc/swu.pem': null }, /not in the image/],
    [
      'another key by an argument',
      { ...config, '/etc/swupdate/conf.d/x': "SWUPDATE_ARGS='-k /tmp/y'\n" },
      /\/tmp\/y is not in the image/
    ],
    ['a program without signatures', { ...config, '/usr/bin/swupdate': 'ELF' }, /built without signatures/],
    ['no key in the file', { ...config, '/etc/swu.pem': 'hello' }, /neither a certificate nor/]
  ] satisfies [string, Tree, RegExp][])('without: %s', async (_, change, message) => {
    const said = await answer(check, program, key('good'), change)
    expect(said).toMatch(/^fail/)
    expect(said).toMatch(message)
  })

  it('has no test key, and none others may change', async () => {
    expect(await answer(check, program, config, key('test'))).toMatch(/^fail: .*test key/)
    expect(await answer(check, program, config, key('good', { mode: 0o664 }))).toMatch(
      /^fail: .*can be changed/
    )
  })

  it('is no question where it is not, unless the product should have it', async () => {
    expect(await answer(check)).toMatch(/^not-applicable/)
    expect(await answer({ ...check, expected: ['swupdate'] })).toMatch(/^fail/)
  })
})

describe('usbguard', () => {
  const before = goodTree['/var/lib/dpkg/status']
  const status = `${typeof before === 'string' ? before : ''}\nPackage: usbguard\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.1.2\n`
  const there = { '/var/lib/dpkg/status': status }
  const check = { type: 'usbguard', rule: 'rules' } as const
  const rules = (content: string, mode = 0o600) => ({ '/etc/usbguard/rules.conf': { content, mode } })
  it('needs rules of the product that name what is allowed', async () => {
    expect(await answer(check)).toMatch(/^not-applicable/)
    expect(await answer(check, there)).toMatch(/^fail: .*keyboards too/)
    expect(await answer(check, there, rules('# none\n'))).toMatch(/^fail: .*no rules/)
    expect(await answer(check, there, rules('allow id 046d:c31c\n'))).toMatch(/^pass/)
    expect(await answer(check, there, rules('allow\n'))).toMatch(/^fail/)
    expect(await answer(check, there, rules('allow id 046d:c31c\n', 0o644))).toMatch(/^fail: .*root only/)
    const open = { '/etc/usbguard/usbguard-daemon.conf': 'ImplicitPolicyTarget=allow\n' }
    expect(await answer(check, there, open, rules('allow id 046d:c31c\n'))).toMatch(
      /^fail: .*allows what no rule/
    )
  })
})

describe('removable places', () => {
  const check = { type: 'mounts', rule: 'removable' } as const
  const fstab = (line: string) => ({
    '/etc/fstab': `# <file system>\n/dev/vda2 / ext4 defaults 0 1\n${line}\n`
  })
  it.each([
    ['/dev/sda1 /media/stick vfat noauto,noexec,nosuid,nodev 0 0', 'pass'],
    ['/dev/sda1 /media/stick vfat user 0 0', 'pass'],
    ['/dev/sdb1 /srv ext4 defaults 0 0', 'pass'],
    ['/dev/sda1 /media/stick vfat defaults 0 0', 'fail'],
    ['/dev/sda1 /mnt vfat user,exec 0 0', 'fail'],
    ['/dev/sda1 /srv/stick vfat users,exec 0 0', 'fail'],
    ['/dev/sda1 /mnt vfat noexec,nosuid 0 0', 'fail']
  ])('%s', async (line, status) => {
    expect((await answer(check, fstab(line))).split(':')[0]).toBe(status)
  })
})
