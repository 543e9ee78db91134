import { createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { plainText } from '../base/text.ts'

/** Where a pattern was found. Positions count characters since the console was opened. */
interface ConsoleMatch {
  outcome: 'match'
  /** What the pattern matched, with its groups. */
  match: RegExpExecArray
  /** Position behind the match; hand it to the next `waitFor`. */
  end: number
}

/** Why waiting ended: the pattern came, time ran out, or the other side closed the line. */
type ConsoleWait = ConsoleMatch | { outcome: 'timeout' } | { outcome: 'closed' }

/** A serial line that is always drained: a guest stalls as soon as nobody reads its console. */
export interface SerialConsole {
  /** Characters received so far, after cleaning. */
  readonly position: number
  /** The last text kept: no escape sequences, no control characters, `\n` at line ends. */
  text(): string
  /** The last non-empty lines, for messages. */
  lastLines(count: number): string[]
  /**
   * Waits for a pattern in the text from position `from` (default 0, the start)
   * as far as it is still kept. Never rejects.
   * @param timeout milliseconds
   */
  waitFor(pattern: RegExp, timeout: number, from?: number): Promise<ConsoleWait>
  /** Types text. Lost without error when the line is closed. */
  send(text: string): void
  /** Closes our end; every waiter gets `closed`. */
  close(): void
}

/** An escape sequence, or a line end, that may go on in the next chunk. */
// eslint-disable-next-line no-control-regex
const unfinished = /(?:\u001b(?:\[[0-?]{0,64}[ -/]{0,8}|\][^\u0007\u001b]{0,256})?|\r+)$/

/** Turns chunks of bytes into clean text, whatever the places they are cut at. */
function textCleaner() {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return (chunk: Buffer | undefined): string => {
    const all = rest + (chunk === undefined ? decoder.end() : decoder.write(chunk))
    const cut = chunk === undefined ? all.length : (unfinished.exec(all)?.index ?? all.length)
    rest = all.slice(cut)
    return plainText(all.slice(0, cut)).replace(/\r+\n/g, '\n').replace(/\r/g, '\n')
  }
}

/** Makes a console of a connected line. Keeps the last `keep` characters (default 256 Ki). */
export function serialConsole(line: Duplex, keep = 256 * 1024): SerialConsole {
  const clean = textCleaner()
  const waiters = new Set<() => void>()
  let kept = ''
  let position = 0
  let closed = false

  function accept(text: string): void {
    position += text.length
    kept = (kept + text).slice(-keep)
    for (const wake of [...waiters]) wake()
  }
  function end(): void {
    if (closed) return
    closed = true
    accept(clean(undefined))
  }
  line.on('data', (chunk: Buffer) => {
    accept(clean(chunk))
  })
  line.on('end', end).on('close', end)
  line.on('error', end) // QEMU was killed: the line is closed, nothing more to say

  function find(pattern: RegExp, from: number): ConsoleMatch | undefined {
    const start = position - kept.length
    const skip = Math.max(0, from - start)
    const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(kept.slice(skip))
    if (!match) return undefined
    return { outcome: 'match', match, end: start + skip + match.index + match[0].length }
  }

  return {
    get position() {
      return position
    },
    text: () => kept,
    lastLines: (count) =>
      kept
        .split('\n')
        .filter((text) => text.trim() !== '')
        .slice(-count),
    waitFor(pattern, timeout, from = 0) {
      return new Promise((resolve) => {
        const settle = (result: ConsoleWait) => {
          clearTimeout(timer)
          waiters.delete(look)
          resolve(result)
        }
        const look = () => {
          const found = find(pattern, from)
          if (found) settle(found)
          else if (closed) settle({ outcome: 'closed' })
        }
        const timer = setTimeout(() => {
          settle({ outcome: 'timeout' })
        }, timeout)
        waiters.add(look)
        look()
      })
    },
    send(text) {
      if (!closed) line.write(text)
    },
    close() {
      line.destroy()
      end()
    }
  }
}

/** A place where QEMU will connect its serial port. */
export interface ConsoleListener {
  /** The first connection; no byte of it is lost, because we listen before QEMU starts. */
  connected: Promise<Duplex>
  /** Stops listening and removes the socket. The connection stays. */
  close(): void
}

/**
 * Listens on a unix socket for one connection.
 * @throws the system's error when the path cannot be bound (longer than 107 bytes, no such directory).
 */
export async function listenForConsole(path: string): Promise<ConsoleListener> {
  const server = createServer()
  const connected = new Promise<Duplex>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return { connected, close: () => void server.close() }
}
