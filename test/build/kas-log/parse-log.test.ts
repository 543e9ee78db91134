import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogEvent } from '../../../lib/build/kas/log-event.ts'
import { logEvent } from '../../../lib/build/kas/log/parse-log.ts'
import { logFixtures } from './fixtures.ts'

const prefix = '2026-11-22 03:39:14 - INFO     - '
const linesOf = (name: string) => {
  const fixture = logFixtures().find((one) => one.name === name)
  return readFileSync(fixture?.path ?? '', 'utf8').split('\n')
}
const eventsOf = (name: string) => linesOf(name).flatMap((line) => logEvent(line) ?? [])
const ofKind = <K extends LogEvent['kind']>(events: readonly LogEvent[], kind: K) =>
  events.filter((event): event is Extract<LogEvent, { kind: K }> => event.kind === kind)

describe('a recorded build that ended well', () => {
  const events = eventsOf('ok-cold')
  it('begins, is counted and sums up', () => {
    expect(events[0]).toEqual({ kind: 'kas-started', version: '5.5' })
    expect(events).toContainEqual({ kind: 'parsed', recipes: 82 })
    expect(events).toContainEqual({ kind: 'sstate', wanted: 4, missed: 4 })
    expect(events.at(-1)).toEqual({ kind: 'summary', attempted: 22, notRerun: 0, succeeded: true })
    expect(ofKind(events, 'error')).toEqual([])
  })

  it('each task that runs is started and succeeds, under the same name', () => {
    const ran = ofKind(events, 'task').filter(({ how }) => how === 'run')
    expect(ran.map(({ n }) => n)).toEqual(ran.map(({ n }) => n).toSorted((a, b) => a - b))
    for (const state of ['started', 'succeeded'] as const) {
      const names = ofKind(events, 'task-state').filter((event) => event.state === state)
      expect(names.map(({ recipe, task }) => `${recipe}:${task}`).toSorted()).toEqual(
        ran.map(({ recipe, task }) => `${recipe}:${task}`).toSorted()
      )
    }
  })
})

it('a recorded dry run of a mc: target', () => {
  expect(ofKind(eventsOf('mc-dry'), 'task')).toContainEqual({
    kind: 'task',
    n: 1,
    of: 35,
    recipe: 'isar-image-base',
    task: 'do_fetch',
    how: 'run',
    multiconfig: 'qemuamd64-bookworm'
  })
  expect(ofKind(eventsOf('mc-dry'), 'task').map(({ how }) => how)).toContain('setscene')
})

it('a recorded failure', () => {
  const events = eventsOf('package-not-found')
  expect(events).toContainEqual({
    kind: 'task-state',
    recipe: 'isar-image-base',
    task: 'do_rootfs_install',
    state: 'failed'
  })
  expect(events).toContainEqual({ kind: 'summary', attempted: 16, notRerun: 3, succeeded: false })
  expect(ofKind(events, 'error').length).toBeGreaterThan(2)
  expect(eventsOf('cancelled').at(-1)).toEqual({ kind: 'cancelled' })
})

describe('single lines', () => {
  it.each<[string, LogEvent | undefined]>([
    [
      'NOTE: Running noexec task 35 of 35 (mc:qemuamd64-bookworm:/x/isar-image-base.bb:do_build)',
      {
        kind: 'task',
        n: 35,
        of: 35,
        recipe: 'isar-image-base',
        task: 'do_build',
        how: 'noexec',
        multiconfig: 'qemuamd64-bookworm'
      }
    ],
    [
      'NOTE: Running task 2 of 9 (mc:a:virtual:native:/x/linux-cip_6.1.102-cip26.bb:do_fetch)',
      { kind: 'task', n: 2, of: 9, recipe: 'linux-cip-native', task: 'do_fetch', how: 'run', multiconfig: 'a' }
    ],
    [
      'NOTE: recipe linux-cip-6.1.102-cip26-r0: task do_fetch: Started',
      { kind: 'task-state', recipe: 'linux-cip', task: 'do_fetch', state: 'started' }
    ],
    [
      'WARNING: isar-image-base-1.0-r0 do_rootfs_postprocess: not complete',
      { kind: 'warning', text: 'isar-image-base-1.0-r0 do_rootfs_postprocess: not complete' }
    ],
    ['NOTE: Executing Tasks', undefined],
    ['', undefined]
  ])('%s', (line, event) => {
    expect(logEvent(line)).toEqual(event)
  })

  it("kas's own level counts where the text says nothing", () => {
    expect(logEvent('2026-11-22 09:03:49 - ERROR    - Configuration file not found: x')).toEqual({
      kind: 'error',
      text: 'Configuration file not found: x'
    })
  })
})

describe('any line', () => {
  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (line) => void logEvent(line)))
  })

  it('an event survives colours, line ends, rewriting, and losing or getting the prefix', () => {
    const plain = ['ok-cold', 'mc-dry', 'package-not-found', 'fetch-checksum']
      .flatMap(linesOf)
      .map((line) => line.replace(/^\d{4}-\d\d-\d\d \S+ - INFO +- /, ''))
      .filter((line) => !/^\d{4}-/.test(line) && logEvent(line) !== undefined)
    const colour = fc.constantFrom('', '\u001b[1;31m', '\u001b[0m', '\u001b[K')
    fc.assert(
      fc.property(
        fc.constantFrom(...plain),
        colour,
        fc.constantFrom('', prefix),
        colour,
        colour,
        fc.constantFrom('', '\r', '\n', '\r\n'),
        fc.constantFrom('', 'Parsing recipes: 12%\r'),
        (line, before, kas, between, after, end, rewritten) => {
          expect(logEvent(rewritten + before + kas + between + line + after + end)).toEqual(logEvent(line))
        }
      )
    )
  })
})
