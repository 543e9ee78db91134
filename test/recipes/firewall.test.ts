import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { renderSite } from './site-source.ts'

const packets = fileURLToPath(new URL('firewall-packets.sh', import.meta.url))

it('the firewall answers ssh of management networks, so many times a minute and source, and nothing else', async () => {
  const directory = temporaryDirectory()
  await renderSite({ KAS_HARDEN_SITE_PARTS: 'firewall', KAS_HARDEN_FIREWALL_SSH_RATE: '3' }, join(directory, 'source'))
  spawnSync('sh', [join(directory, 'source', 'assemble'), join(directory, 'out')])
  const rules = join(directory, 'out/etc/kas-harden/firewall.nft')
  const done = spawnSync('sh', [packets, rules], { encoding: 'utf8' })
  expect(done.stdout.trim().split('\n'), done.stderr).toEqual([
    'no rules, other port: 1',
    'no rules, other network: 1',
    'ssh over IPv6: 1',
    'other port: 0',
    'other network: 0',
    'ssh, 8 times: 3',
    'ssh over IPv6 beside it: 1'
  ])
})
