/** Reads files by number, several at once; a number missing from the answer could not be read. */
export type Fetch = (wanted: ReadonlySet<number>) => Promise<ReadonlyMap<number, Buffer>>

/**
 * A reader that gathers all requests of one turn of the event loop and fetches them together:
 * one pass over an archive, or one process, for many files.
 */
export function onDemand(fetch: Fetch): (wanted: number) => Promise<Buffer | undefined> {
  let next: { wanted: Set<number>; answer: Promise<ReadonlyMap<number, Buffer>> } | undefined

  function open() {
    const wanted = new Set<number>()
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      next = undefined
      return fetch(wanted)
    })
    return { wanted, answer }
  }

  return async (number) => {
    next ??= open()
    next.wanted.add(number)
    return (await next.answer).get(number)
  }
}
