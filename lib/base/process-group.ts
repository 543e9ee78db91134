import { kill } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { HardenError } from './errors.ts'

const pollMilliseconds = 20

/** Signals a process group; false when nobody is in it. */
function signalGroup(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    kill(-group, name)
    return true
  } catch (error) {
    // EPERM: somebody is there whom we may not signal, such as a zombie of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Ends a process group when the signal fires: SIGTERM, so that its leader can clean up, and SIGKILL after
 * `grace` milliseconds.
 * @param leader process id of a child that was started in a group of its own (setsid(2)).
 * @returns to be called when the leader has ended: it waits until the last process of an interrupted group has
 *   gone and throws HardenError `INTERRUPTED` then.
 */
export function endGroupOnAbort(
  leader: number | undefined,
  signal: AbortSignal | undefined,
  grace: number
): (file: string) => Promise<void> {
  if (leader === undefined || signal === undefined) return () => Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    signalGroup(leader, 'SIGTERM')
    timer = setTimeout(() => signalGroup(leader, 'SIGKILL'), grace)
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return async (file) => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    if (timer === undefined) return
    // The leader is gone; what it left behind has nobody to wait for it.
    for (let left = grace; left > 0 && signalGroup(leader, 'SIGKILL'); left -= pollMilliseconds) {
      await sleep(pollMilliseconds)
    }
    throw new HardenError('interrupted', 'INTERRUPTED', `${file} was interrupted`)
  }
}
