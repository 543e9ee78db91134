import { expect, it } from 'vitest'
import { assess } from '../../lib/assess/assess.ts'
import { resolveParameters } from '../../lib/controls/parameters.ts'
import { nodeExec } from '../../lib/base/exec.ts'
import { verify } from '../../lib/verify/verify.ts'
import { profile } from '../controls/control-fixture.ts'
import { treeImage, type Tree } from '../verify/tree-image.ts'

/** Lines an option of the board may serve, on a tree without boot partitions. */
async function lines(options: readonly string[], tree: Tree) {
  const chosen = profile(['EDR'], 2)
  const { values } = resolveParameters(chosen.parameters, { 'board.options': options })
  const io = { exec: nodeExec(process.env), uid: process.getuid?.() ?? 1 }
  const image = treeImage({ '/etc/os-release': 'VERSION_CODENAME=bookworm\n', ...tree })
  const { requirements } = assess(await verify(image, chosen, values, io), chosen, { now: 0 })
  const line = (id: string) => requirements.find((one) => one.id === id)
  return { boot: line('EDR 3.14'), update: line('EDR 3.10 RE(1)') }
}

it('a control of an option serves no line of an image that has not the option', async () => {
  const { boot, update } = await lines(['none'], {})
  expect(boot).toMatchObject({ verdict: 'open', contribution: 'none', controls: [] })
  expect(boot?.reasons[0]).toBe('No control of the base layer serves it.')
  expect(update?.controls).toEqual(['package-authenticity'])
})

it('an option the product should have is missed', async () => {
  const { boot, update } = await lines(['verity', 'swupdate'], {})
  // No boot partitions in a tree: nobody can tell.
  expect(boot).toMatchObject({ verdict: 'open', controls: ['verified-root'], unknown: true })
  expect(update?.verdict).toBe('not-met')
  expect(update?.reasons.join()).toContain('The product should have swupdate')
})

it('an option that is there counts, and can be contradicted', async () => {
  const { update } = await lines(['none'], { '/usr/bin/swupdate': { content: 'ELF', mode: 0o755 } })
  expect(update?.controls).toEqual(['package-authenticity', 'update-authenticity'])
  expect(update?.reasons.join()).toContain('built without signatures')
})
