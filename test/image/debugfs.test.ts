import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExecStream } from '../../lib/base/exec.ts'
import { createDebugfs } from '../../lib/image/debugfs.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { io, makeExt4, put, scratchDirectory } from './images.ts'

const scratch = await scratchDirectory()
const tree = join(scratch, 'tree')

/** What looks like debugfs's own words, at the start, in the middle and at the end. */
const prompt = 'debugfs:  '
const mark = `Hash of ${'0'.repeat(32)} is 0x30de6610 (minor 0x0)\n`
const contents = [
  prompt,
  `${prompt}${mark}${prompt}x`,
  `${mark}${mark}\n${prompt}`,
  `x\n${mark}${prompt}`,
  '\n'
]
for (const [index, content] of contents.entries()) await put(tree, `odd/${index}`, content)
await put(tree, 'large', 'x'.repeat(300_000))
const path = await makeExt4(tree, join(scratch, 'odd'))
const source = { imagePath: path, toolPath: path, offset: 0 }

/** The real programs, and those of them that were started to be asked more than once. */
function watched() {
  const started: ExecStream[] = []
  const exec: typeof io.exec = {
    run: (...args) => io.exec.run(...args),
    stream(...args) {
      const running = io.exec.stream(...args)
      started.push(running)
      return running
    }
  }
  return { world: { ...io, exec }, started }
}

test.each(['whole', 'on-demand'] as const)(
  'a content that looks like an answer is one content: %s',
  async (walk) => {
    const { world, started } = watched()
    const image = await openImage(path, world, { walk })
    try {
      for (const [index, content] of contents.entries())
        expect(await image.readText(`/odd/${index}`)).toBe(content)
      expect(await Promise.all(contents.map((_, index) => image.readText(`/odd/${index}`)))).toEqual(contents)
      expect(started).toHaveLength(1)
    } finally {
      await image.close()
    }
    expect(await started[0]?.done).toMatchObject({ exitCode: 0 })
  }
)

test('answers come in the order of the questions, complaints at the end', async () => {
  const debugfs = createDebugfs(source, io)
  const both = await Promise.all([
    debugfs.run(['cat /odd/0', 'cat /no/such', 'cat /odd/3'], 1000),
    debugfs.run(['cat /odd/1'], 1000),
    debugfs.run([], 0)
  ])
  const [first, second, third] = both.map((outputs) => outputs.map((one) => one.toString()))
  expect(first).toEqual([contents[0], '', contents[3]])
  expect(second).toEqual([contents[1]])
  expect(third).toEqual([])
  expect(await debugfs.complaints()).toMatch(/^\/no\/such: File not found/)
  expect(await debugfs.complaints()).toBe('')
})

test('a debugfs that dies is an error of what was asked, and the next question starts another', async () => {
  const { world, started } = watched()
  const debugfs = createDebugfs(source, world)
  await debugfs.run(['cat /odd/0'], 100)
  started[0]?.kill()
  await started[0]?.done
  await expect(debugfs.run(['cat /odd/1'], 100)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' })
  expect((await debugfs.run(['cat /odd/1'], 100)).map(String)).toEqual([contents[1]])
  await debugfs.close()
})

test('more output than expected ends it', async () => {
  const debugfs = createDebugfs(source, io)
  await expect(debugfs.run(['cat /large'], 100)).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' })
  expect((await debugfs.run(['cat /large'], 300_000))[0]).toHaveLength(300_000)
  await debugfs.close()
})

test('an image nobody closes does not keep the process: debugfs goes when it is asked nothing', async () => {
  const { world, started } = watched()
  await createDebugfs(source, world).run(['cat /odd/0'], 100)
  expect(await started[0]?.done).toMatchObject({ exitCode: 0 })
})

test('no file system, no program, an interrupt: each its own error', async () => {
  const none = createDebugfs({ ...source, offset: 512 }, io).run(['stats -h'], 0)
  await expect(none).rejects.toThrow(/is damaged: Bad magic number/)
  const missing = { ...io.exec, stream: () => io.exec.stream('kas-harden-no-such-program', []) }
  await expect(createDebugfs(source, { ...io, exec: missing }).run(['stats'], 0)).rejects.toMatchObject({
    code: 'TOOL_MISSING'
  })
  const stopped = createDebugfs(source, { ...io, signal: AbortSignal.abort() })
  await expect(stopped.run(['stats'], 0)).rejects.toMatchObject({ code: 'INTERRUPTED' })
})
