import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../run-cli.ts'
import { clone } from '../../kas/clones.ts'
import {
  archive,
  build,
  cannotBuild,
  lockedAfter,
  makePlace,
  makeProduct,
  removePlace,
  siteVersion,
  tasksRun,
  type Product
} from './product.ts'

const minutes = 60_000
const isar = clone('KAS_HARDEN_TEST_ISAR')

// The layer as `apply` writes it, in real isar, built by the real kas: what the stand-in can't prove.
describe.skipIf(isar === undefined)('the layer in real isar', () => {
  let place: string
  const reason = cannotBuild()
  beforeAll(() => {
    place = makePlace()
  })
  afterAll(() => {
    removePlace(place)
  })

  describe.each(['bookworm', 'trixie'])('%s at SL-2', (release) => {
    let product: Product
    let first = ''

    it(
      'builds, and every check of a file system passes',
      async (context) => {
        if (reason !== undefined) context.skip(reason)
        product = makeProduct(place, release, isar!, 'HEAD', release)
        expect(await build(product, place), product.log.slice(-4000)).toBe(0)
        first = siteVersion(product)
        const { stdout } = await runCli(product.directory, ['verify', archive(product), '--json'])
        const { packages, checks } = JSON.parse(stdout) as Record<
          'packages' | 'checks',
          { id?: string; name?: string; status: string }[]
        >
        expect(packages.filter((one) => one.status !== 'pass')).toEqual([])
        const trouble = checks.filter((one) => one.status === 'fail' || one.status === 'unknown')
        // A container's file system has no boot loader, so nothing about the kernel is known.
        expect(trouble.map((one) => one.id).filter((id) => !/cmdline|kernel/.test(id ?? ''))).toEqual([])
      },
      40 * minutes
    )

    it(
      'does nothing when nothing changed',
      async (context) => {
        if (reason !== undefined) context.skip(reason)
        expect(await build(product, place)).toBe(0)
        expect(tasksRun(product)).toEqual([])
      },
      5 * minutes
    )

    it(
      'rebuilds the site and the image for another value, and goes back to the first',
      async (context) => {
        if (reason !== undefined) context.skip(reason)
        const versions = [first]
        for (const deny of [4, 5]) {
          writeFileSync(join(product.directory, 'kas-harden.yml'), lockedAfter(deny))
          expect(await build(product, place), product.log.slice(-4000)).toBe(0)
          versions.push(siteVersion(product))
          const recipes = new Set(tasksRun(product).map((task) => task.split(':')[0]))
          expect([...recipes].sort()).toEqual(expect.arrayContaining(['isar-image-base']))
          expect([...recipes].filter((name) => !/^(isar-image-base|kas-harden-site)$/.test(name!))).toEqual(
            []
          )
        }
        expect(versions[1]).not.toBe(first)
        // Two versions of the package were built here; the image has the one that was asked for last.
        expect(versions[2]).toBe(first)
      },
      40 * minutes
    )
  })

  for (const version of ['v1.1', 'v1.0', 'v0.11', 'v0.10', 'v0.9'])
    it(
      `has every task of isar ${version} in order (bitbake -n)`,
      async (context) => {
        if (reason !== undefined) context.skip(reason)
        const product = makeProduct(
          place,
          version,
          isar!,
          version,
          version === 'v0.9' ? 'bullseye' : 'bookworm'
        )
        expect(await build(product, place, ['-n']), product.log.slice(-4000)).toBe(0)
        expect(product.log).toContain('and all succeeded')
      },
      5 * minutes
    )
})
