import { describe, expect, it } from 'vitest'
import type { Io } from '../../lib/base/io.ts'
import { terminalProgress } from '../../lib/cli/progress.ts'

/** A clock that only moves when told, beating once a second, and what was written. */
function world(env: Record<string, string> = {}, terminal = false, columns = 100) {
  let now = 1_800_000_000_000
  let beat: (() => void) | undefined
  let text = ''
  const io = {
    env,
    now: () => now,
    stderr: { write: (part: string) => (text += part), isTTY: terminal, columns }
  } as unknown as Io
  const progress = terminalProgress(io, (call) => {
    beat = call
    return () => (beat = undefined)
  })
  return {
    progress,
    wait: (seconds: number) => {
      for (let n = 0; n < seconds; n++) {
        now += 1000
        beat?.()
      }
    },
    beats: () => beat !== undefined,
    written: () => text,
    lines: () => text.split('\n').filter((line) => line !== ''),
    /** What a terminal shows on its last line. */
    shown: () => text.split('\n').at(-1)?.split('\r\u001b[2K').at(-1)
  }
}

describe('on a terminal', () => {
  it('one line moves: task, recipe, elapsed', () => {
    const { progress, wait, shown, lines } = world({}, true)
    progress.phase('bitbake')
    progress.step?.(1, 35, 'base-apt: do_fetch')
    wait(72)
    progress.step?.(18, 35, 'isar-image-base: do_rootfs_install')
    expect(shown()).toBe('  bitbake ... 18/35 isar-image-base: do_rootfs_install, 1:12')
    progress.line('NOTE: recipe base-apt-1.0-r0: task do_fetch: Succeeded')
    expect(shown()).toContain('do_rootfs_install')
    expect(lines()).toHaveLength(1)
  })

  it('says how long a tool has been silent, even where the name is longer than the line', () => {
    const { progress, wait, shown } = world({}, true, 70)
    progress.phase('bitbake')
    progress.step?.(18, 35, 'an-image-with-a-very-long-name-indeed: do_rootfs_install')
    wait(29)
    expect(shown()).not.toContain('without output')
    wait(101)
    expect(shown()).toMatch(/, still in do_rootfs_install, 2:10 without output$/)
    expect(shown()?.length).toBeLessThan(70)
    progress.line('NOTE: something')
    wait(1)
    expect(shown()).not.toContain('without output')
  })

  it('without steps it shows the line a tool writes, without its colours', () => {
    const { progress, shown } = world({}, true)
    progress.phase('base system')
    progress.line('\u001b[1mUnpacking\u001b[0m\tbash\rdone')
    expect(shown()).toBe('  base system ... Unpacking bash done')
  })
})

describe('in a log', () => {
  it('a line per phase, and of its steps one each 30 s or tenth of the work', () => {
    const { progress, wait, lines } = world({ CI: 'true' }, true)
    progress.phase('bitbake')
    for (let n = 1; n <= 100; n++) progress.step?.(n, 100, `recipe: do_task${String(n)}`)
    const steps = lines().filter((line) => line.includes('/100'))
    expect(steps.length).toBeGreaterThanOrEqual(9)
    expect(steps.length).toBeLessThanOrEqual(11)
    wait(31)
    progress.step?.(100, 100, 'recipe: do_build')
    expect(lines().at(-1)).toBe('  100/100 recipe: do_build, 0:31')
    progress.done()
    expect(lines().slice(-2)).toEqual(['  bitbake: 31.0 s', '  all of it: 31.0 s'])
  })

  it('counts that start again are shown again', () => {
    const { progress, lines } = world()
    progress.phase('bitbake')
    progress.step?.(4, 4, 'a: do_bootstrap_setscene')
    progress.step?.(1, 22, 'a: do_fetch')
    expect(lines().slice(1)).toEqual(['  4/4 a: do_bootstrap_setscene, 0:00', '  1/22 a: do_fetch, 0:00'])
  })

  it('a heart beat in silent stretches, each minute, and none while a tool talks', () => {
    const { progress, wait, lines } = world()
    progress.phase('bitbake')
    progress.step?.(16, 22, 'isar-image-base: do_rootfs_install')
    wait(130)
    expect(lines().slice(2)).toEqual([
      '  still in do_rootfs_install, 1:00 without output',
      '  still in do_rootfs_install, 2:00 without output'
    ])
    for (let n = 0; n < 100; n++) {
      progress.line('Get:1 a package')
      wait(5)
    }
    expect(lines()).toHaveLength(4)
  })

  it('the heart stops with the progress', () => {
    const { progress, wait, beats, written } = world()
    progress.phase('bitbake')
    expect(beats()).toBe(true)
    progress.stop()
    progress.stop()
    const before = written()
    wait(600)
    expect(beats()).toBe(false)
    expect(written()).toBe(before)
  })
})

describe('in a GitLab job', () => {
  it('each phase is a collapsed section with its own name, notes stand outside', () => {
    const { progress, wait, written } = world({ GITLAB_CI: 'true', CI: 'true' }, true)
    progress.phase('check out')
    progress.note('log: /work/log')
    wait(2)
    progress.phase('bitbake')
    progress.stop()
    expect(written()).toBe(
      '\u001b[0Ksection_start:1800000000:kas_harden_1[collapsed=true]\r\u001b[0K  check out ...\n' +
        '\u001b[0Ksection_end:1800000002:kas_harden_1\r\u001b[0K  note: log: /work/log\n  check out: 2.0 s\n' +
        '\u001b[0Ksection_start:1800000002:kas_harden_2[collapsed=true]\r\u001b[0K  bitbake ...\n' +
        '\u001b[0Ksection_end:1800000002:kas_harden_2\r\u001b[0K'
    )
  })
})

it('the real heart lets the process end', () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const progress = terminalProgress({ env: {}, now: () => 0, stderr: { write: () => true } } as unknown as Io)
  progress.phase('bitbake')
  // getActiveResourcesInfo lists only what keeps the event loop alive.
  expect(timers()).toBe(before)
  progress.stop()
})
