import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { renderSite } from './site-source.ts'

const packets = fileURLToPath(new URL('boundary-packets.sh', import.meta.url))

async function site(flows: string, untrusted = 'none') {
  const directory = temporaryDirectory()
  const values = {
    KAS_HARDEN_SITE_PARTS: 'firewall',
    KAS_HARDEN_FIREWALL_MANAGEMENT_NETWORKS: '198.51.100.0/24',
    KAS_HARDEN_BOUNDARY_FLOWS: flows,
    KAS_HARDEN_BOUNDARY_UNTRUSTED: untrusted
  }
  await renderSite(values, join(directory, 'source'))
  const done = spawnSync('sh', [join(directory, 'source', 'assemble'), join(directory, 'out')], { encoding: 'utf8' })
  return { code: done.status, message: done.stderr, folder: join(directory, 'out/etc/kas-harden') }
}

it('between two zones pass named flows and answers, nothing while it is an island, and ssh only while approved', async () => {
  const { folder } = await site('zone0>zone1@198.51.100.9:tcp/443', 'zone0')
  const done = spawnSync('sh', [packets, join(folder, 'firewall.nft'), join(folder, 'island.nft')], { encoding: 'utf8' })
  expect(done.stdout.split('\n').map((line) => line.trim()).filter(Boolean), done.stderr).toEqual([
    'no rules, unnamed port: y',
    'a named flow: y',
    'another port: -',
    'the other way: -',
    'ssh without approval: -',
    'ssh with one, before and after its end: y -',
    'the flow as an island: -',
    'ssh of the management network as an island: y',
    'the flow after it: y'
  ])
})

describe('flows', () => {
  it.each([
    ['words', 'eth0 to eth1', 'is not FROM'],
    ['one interface', 'eth0:tcp/443', 'is not FROM'],
    ['no port', 'eth0>eth1:tcp', 'is not FROM'],
    ['another protocol', 'eth0>eth1:icmp/8', 'is not FROM'],
    ['port 0', 'eth0>eth1:tcp/0', 'has no port'],
    ['a port beyond 65535', 'eth0>eth1:tcp/70000', 'has no port'],
    ['a range that goes back', 'eth0>eth1:tcp/20-10', 'has no port'],
    ['a quote in a name', 'eth0"accept>eth1:tcp/1', 'does not name two interfaces'],
    ['a name that is too long', 'interface-too-long>eth1:tcp/1', 'does not name two interfaces'],
    ['a network that is none', 'eth0@10.0.0.0/33>eth1:tcp/1', 'has a network that is none'],
    ['two families', 'eth0@10.0.0.0/8>eth1@2001:db8::/32:tcp/1', 'has a network that is none, or two']
  ])('with %s are refused when the package is built', async (_, flow, message) => {
    const done = await site(flow)
    expect(done.code).not.toBe(0)
    expect(done.message).toContain(message)
  })

  it('name untrusted interfaces as the kernel can call them', async () => {
    const done = await site('none', 'eth0;reboot')
    expect(done.code).not.toBe(0)
    expect(done.message).toContain('is not the name of an interface')
  })
})
