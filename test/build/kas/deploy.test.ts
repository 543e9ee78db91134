import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { artefactsOf } from '../../../lib/build/kas/deploy-record.ts'
import { deployedFiles } from '../../../lib/build/kas/deploy.ts'
import { temporaryDirectory } from '../../temporary.ts'

function put(directory: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), `${path}\n`)
  }
}

const flat = 'tmp/deploy/images/qemuamd64/isar-image-base-debian-bookworm-qemuamd64'

/** Time of the file system, well after every file that is there. */
async function later(): Promise<number> {
  // Times of files come from a clock that moves in steps of up to 10 ms.
  await sleep(60)
  return Date.now() - 30
}

const all = { kind: 'summary', attempted: 35, notRerun: 35, succeeded: true } as const
const some = { ...all, notRerun: 30 }

describe('deployed files', () => {
  it('are known in the layouts of isar 1.1 and 1.0, with kind and full name', async () => {
    const build = temporaryDirectory()
    const old = 'tmp/deploy/images/qemuamd64/debian-bookworm-isar-image-base/qemuamd64'
    put(build, `${flat}.wic`, `${flat}.wic.bmap`, `${flat}-vmlinuz`, `${flat}.unknown`)
    put(build, `${old}.manifest`, `${old}.tar.zst`)
    const found = await deployedFiles(build)
    expect(found.map(({ kind, name, machine }) => `${kind} ${machine} ${name}`).sort()).toEqual([
      'bmap qemuamd64 isar-image-base-debian-bookworm-qemuamd64',
      'disk qemuamd64 isar-image-base-debian-bookworm-qemuamd64',
      'kernel qemuamd64 isar-image-base-debian-bookworm-qemuamd64',
      'manifest qemuamd64 debian-bookworm-isar-image-base-qemuamd64',
      'tar qemuamd64 debian-bookworm-isar-image-base-qemuamd64'
    ])
  })

  it('include the root directory of an image but no chroot of isar', async () => {
    const build = temporaryDirectory()
    const work = 'tmp/work/debian-bookworm-amd64'
    put(build, `${work}/isar-image-base-container-amd64/1.0-r0/rootfs/var/lib/dpkg/status`)
    put(build, `${work}/sbuild-chroot-target/1.0-r0/rootfs/var/lib/dpkg/status`)
    const found = await deployedFiles(build)
    expect(found.map(({ kind, name }) => [kind, name])).toEqual([['rootfs', 'isar-image-base-container-amd64']])
  })

  it('are none where nothing was built', async () => {
    expect(await deployedFiles(temporaryDirectory())).toEqual([])
  })
})

describe('artefacts of a build', () => {
  function open() {
    const build = temporaryDirectory()
    const record = join(build, 'artefacts.json')
    return async (startedAt: number, summary: typeof all | typeof some | undefined, key = 'k') => {
      const found = await artefactsOf(await deployedFiles(build), { startedAt, summary }, key, record)
      const names = (list: readonly { path: string }[]) => list.map(({ path }) => relative(join(build, flat, '..'), path).replace(/^isar-image-base-debian-bookworm-qemuamd64/, ''))
      return { build, artefacts: names(found.artefacts), stale: names(found.stale) }
    }
  }

  it('are what it wrote; files of older builds are stale', async () => {
    const find = open()
    const { build } = await find(0, all)
    put(build, `${flat}.tar.gz`)
    const start = await later()
    put(build, `${flat}.tar.zst`, `${flat}.manifest`)
    expect(await find(start, some)).toMatchObject({ artefacts: ['.manifest', '.tar.zst'], stale: ['.tar.gz'] })
  })

  it('are those of the former build when bitbake had nothing to do', async () => {
    const find = open()
    const { build } = await find(0, undefined)
    put(build, `${flat}.tar.gz`)
    const start = await later()
    put(build, `${flat}.wic`)
    await find(start, some)
    expect(await find(await later(), all)).toMatchObject({ artefacts: ['.wic'], stale: ['.tar.gz'] })
    expect(await find(await later(), all, 'a comment changed')).toMatchObject({ artefacts: ['.wic'] })
  })

  it('of a former build do not count once somebody changed them', async () => {
    const find = open()
    const { build } = await find(0, undefined)
    const start = await later()
    put(build, `${flat}.wic`)
    await find(start, some)
    await later()
    put(build, `${flat}.wic`)
    expect(await find(await later(), all)).toMatchObject({ artefacts: [], stale: ['.wic'] })
  })

  it('another image format replaces the old one and keeps what follows from the packages', async () => {
    const find = open()
    const { build } = await find(0, undefined)
    const start = await later()
    put(build, `${flat}.manifest`, `${flat}.tar.gz`)
    await find(start, some, 'tar.gz')
    const second = await later()
    put(build, `${flat}.tar.zst`)
    expect(await find(second, some, 'tar.zst')).toMatchObject({
      artefacts: ['.manifest', '.tar.zst'],
      stale: ['.tar.gz']
    })
  })

  it('of a first build that had nothing to do are not guessed', async () => {
    const find = open()
    const { build } = await find(0, undefined)
    put(build, `${flat}.wic`)
    expect(await find(await later(), all)).toMatchObject({ artefacts: [], stale: ['.wic'] })
  })
})
