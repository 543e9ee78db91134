import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeExec } from '../../lib/base/exec.ts'
import { temporaryDirectory } from '../temporary.ts'

/** Process ids a script wrote, one a line. */
function idsIn(path: string): number[] {
  return readFileSync(path, 'utf8').trim().split('\n').map(Number)
}

function alive(id: number): boolean {
  try {
    return !readFileSync(`/proc/${id}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

/** Runs a shell script in a group of its own and interrupts it after its first line of output. */
async function interrupt(script: string, grace: number): Promise<{ ids: number[]; error: unknown }> {
  const ids = join(temporaryDirectory(), 'ids')
  writeFileSync(ids, '')
  const controller = new AbortController()
  const error: unknown = await nodeExec(process.env, controller.signal)
    .run('bash', ['-c', script, 'bash', ids], {
      groupGrace: grace,
      onLine: () => {
        controller.abort()
      }
    })
    .catch((thrown: unknown) => thrown)
  return { ids: idsIn(ids), error }
}

test('an interrupt reaches children of children, and the leader may clean up', async () => {
  const { ids, error } = await interrupt(
    `trap 'kill $child; wait $child; echo $$ >>"$1"; exit 1' TERM
     sleep 1000 & child=$!
     echo $child >"$1"; echo ready; wait $child`,
    10_000
  )
  expect(error).toMatchObject({ code: 'INTERRUPTED', kind: 'interrupted' })
  expect(ids, 'the trap ran to its end').toHaveLength(2)
  expect(ids.filter(alive)).toEqual([])
})

test('who ignores SIGTERM, or outlives the leader, is killed', async () => {
  const stubborn = await interrupt(`trap '' TERM; echo $$ >"$1"; echo ready; while :; do sleep 1; done`, 300)
  expect(stubborn.error).toMatchObject({ code: 'INTERRUPTED' })
  expect(stubborn.ids.filter(alive)).toEqual([])

  const orphan = await interrupt(
    `(trap '' TERM; echo $BASHPID >"$1"; echo ready; exec sleep 1000 >/dev/null 2>&1) &
     wait`,
    5_000
  )
  expect(orphan.error).toMatchObject({ code: 'INTERRUPTED' })
  expect(orphan.ids.filter(alive)).toEqual([])
})

test('a signal that has fired already ends the program at once, a quiet one changes nothing', async () => {
  const exec = nodeExec(process.env, AbortSignal.abort())
  await expect(exec.run('sleep', ['1000'], { groupGrace: 1000 })).rejects.toMatchObject({
    code: 'INTERRUPTED'
  })
  const done = await exec.run('sh', ['-c', 'echo out; exit 3'], {
    groupGrace: 1000,
    signal: new AbortController().signal
  })
  expect([done.exitCode, done.stdout.toString()]).toEqual([3, 'out\n'])
})
