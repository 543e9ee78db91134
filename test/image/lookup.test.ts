import { spawn } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { ImageEntry } from '../../lib/image/image.ts'
import { openImage } from '../../lib/image/open-image.ts'
import { io, scratchDirectory } from './images.ts'

/** Path look-up against the kernel itself, which resolves the same paths in a chroot. */

const scratch = await scratchDirectory()

/** Answers one line per question: [stat, lstat] inode numbers of every path, asked in a chroot. */
const oracle = `
import json, os, sys
def inode(call, path):
    try:
        return call(path).st_ino
    except OSError:
        return None
for line in sys.stdin:
    question = json.loads(line)
    if os.fork() == 0:
        os.chroot(question['root'])
        os.chdir('/')
        print(json.dumps([[inode(os.stat, p), inode(os.lstat, p)] for p in question['paths']]), flush=True)
        os._exit(0)
    os.wait()
`

const kernel = spawn('python3', ['-c', oracle], { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = createInterface({ input: kernel.stdout })[Symbol.asyncIterator]()
afterAll(() => {
  kernel.stdin.end()
})

async function askKernel(root: string, paths: readonly string[]): Promise<unknown> {
  kernel.stdin.write(`${JSON.stringify({ root, paths })}\n`)
  const answer = await answers.next()
  return JSON.parse(String(answer.value))
}

async function askUs(root: string, paths: readonly string[]): Promise<unknown> {
  const image = await openImage(root, io)
  const inode = (entry: ImageEntry | undefined) => (entry ? lstatSync(join(root, entry.path)).ino : null)
  return paths.map((path) => [inode(image.stat(path)), inode(image.lstat(path))])
}

const name = fc.constantFrom('a', 'b', 'c')
const element = fc.oneof(
  { weight: 5, arbitrary: name },
  { weight: 1, arbitrary: fc.constantFrom('..', '.', '') }
)
const wanted = fc.array(element, { minLength: 1, maxLength: 6 }).map((elements) => `/${elements.join('/')}`)
const target = fc
  .tuple(fc.boolean(), fc.array(element, { minLength: 1, maxLength: 4 }))
  .map(([absolute, elements]) => `${absolute ? '/' : ''}${elements.join('/')}`)
  .filter((text) => text !== '')
const inode = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }).map((elements) => elements.join('/')),
  kind: fc.constantFrom('directory', 'file', 'link'),
  target
})

test('finds what the kernel finds in a chroot', async () => {
  const property = fc.asyncProperty(
    fc.array(inode, { minLength: 4, maxLength: 14 }),
    fc.array(wanted, { minLength: 20, maxLength: 40 }),
    async (inodes, paths) => {
      const root = await mkdtemp(join(scratch, 'tree-'))
      for (const { path, kind, target: text } of inodes) {
        const place = join(root, path)
        // A path that is taken or lies below a file is left out; through links we would leave the root.
        const parents = path.split('/').slice(0, -1)
        const blocked = parents.some((_, depth) => {
          const parent = lstatSync(join(root, ...parents.slice(0, depth + 1)), { throwIfNoEntry: false })
          return parent !== undefined && !parent.isDirectory()
        })
        if (blocked || lstatSync(place, { throwIfNoEntry: false })) continue
        await mkdir(join(root, ...parents), { recursive: true })
        if (kind === 'directory') await mkdir(place)
        else if (kind === 'file') await writeFile(place, 'x')
        else await symlink(text, place)
      }
      expect(await askUs(root, paths)).toEqual(await askKernel(root, paths))
      await rm(root, { recursive: true })
    }
  )
  await fc.assert(property, { numRuns: 60 })
})

test('follows as many links as the kernel, not one more', async () => {
  const root = join(scratch, 'chain')
  await mkdir(join(root, 'end'), { recursive: true })
  await symlink('end', join(root, 'l1'))
  for (let depth = 2; depth <= 45; depth += 1) await symlink(`l${depth - 1}`, join(root, `l${depth}`))
  const paths = Array.from({ length: 45 }, (_, index) => [`/l${index + 1}`, `/l${index + 1}/..`]).flat()
  expect(await askUs(root, paths)).toEqual(await askKernel(root, paths))
})
