import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { collectingIo } from '../run-cli.ts'
import { builtReference, everything, openReference } from './reference.ts'
import { askKernelChecker, exposureOf, startedServices } from './second-opinions/ask.ts'
import { kernelDifferences } from './second-opinions/kernel.ts'
import { exposed, secondOpinionsPage } from './second-opinions/page.ts'
import { unitDifferences } from './second-opinions/units.ts'

const checker = process.env['KAS_HARDEN_TEST_KHC']
const cache = process.env['KAS_HARDEN_TEST_CACHE'] ?? join(tmpdir(), 'kas-harden-test-cache')

it('differs from other tools only where a reason is written down', async (context) => {
  if (process.env['KAS_HARDEN_TRUTH'] !== '1' || !checker) {
    context.skip('Needs npm run truth and KAS_HARDEN_TEST_KHC, a checkout of kernel-hardening-checker')
    return
  }
  mkdirSync(cache, { recursive: true })
  const built = await builtReference('bookworm', cache)
  const { io } = collectingIo(built.project, {})
  const reference = await openReference(built, everything, 'bookworm', io)
  await reference.close()
  const checks = reference.profile.controls.flatMap((control) => control.checks)
  const ours = new Set(
    checks.flatMap((check) => {
      if (check.type === 'sysctl') return Object.keys(check.values)
      return check.type === 'cmdline' ? (check.present ?? []).map((word) => word.split('=')[0] ?? word) : []
    })
  )

  const rows = askKernelChecker(checker, built.tree, reference.commandLines[0] ?? '')
  const settings = rows.filter((row) => row.type !== 'kconfig')
  const wanting = settings.filter((row) => !row.check_result_bool).map((row) => row.option_name)
  const explained = kernelDifferences.flatMap(({ names }) => names)
  expect(
    wanting.filter((name) => !explained.includes(name)),
    'no reason'
  ).toEqual([])
  expect(
    explained.filter((name) => !wanting.includes(name)),
    'stale reason'
  ).toEqual([])
  const shared = settings.filter((row) => row.check_result_bool && ours.has(row.option_name))
  expect(shared.length).toBeGreaterThan(0)

  const exposures = new Map(
    startedServices(built.tree).flatMap((unit) => {
      const exposure = exposureOf(built.tree, unit)
      return exposure === undefined ? [] : [[unit, exposure] as const]
    })
  )
  const open = [...exposures].filter(([, exposure]) => exposure > exposed).map(([unit]) => unit)
  const known = unitDifferences.flatMap(({ units }) => units)
  expect(
    open.filter((unit) => !known.includes(unit)),
    'no reason'
  ).toEqual([])
  const page = secondOpinionsPage({ rows, shared: shared.map((row) => row.option_name), exposures })
  writeFileSync(new URL('../../docs/second-opinions.md', import.meta.url), page)
})
