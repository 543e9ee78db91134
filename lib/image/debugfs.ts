import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { HardenError } from '../base/errors.ts'
import type { ExecStream } from '../base/exec.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { damaged, toolTimeout } from './limits.ts'

/** A debugfs(8) at work on one file system, read-only. */
export interface Debugfs {
  /**
   * Runs commands and gives what debugfs printed for each, in order. Several calls take turns.
   * @param expectedBytes how much output the commands may make beyond their own layout
   * @throws HardenError `IMAGE_DAMAGED` when debugfs crashes or hangs, `OUTPUT_TOO_LARGE`, `TOOL_MISSING`,
   *   `INTERRUPTED`.
   */
  run(commands: readonly string[], expectedBytes: number): Promise<readonly Buffer[]>
  /** Ends the process and gives what it complained about; `''` when nothing was wrong. The next `run` starts another. */
  complaints(): Promise<string>
  /** Ends the process. */
  close(): Promise<void>
}

/** Room for the layout of one command's output, beside the content asked for. */
const outputPerCommand = 4096

/** Milliseconds after which a process nobody asks anything ends by itself. */
const idleTime = 500

/** What debugfs prints when it is ready for a command. */
const prompt = 'debugfs:  '
const promptLength = prompt.length

/**
 * Without a zone `ls -l` looks for the machine's at every row; without a pager none is started; without readline
 * nothing is echoed. Commands come by standard input: from a file (`-f`) debugfs would write its output
 * unbuffered, a system call for every few letters.
 */
const env = { DEBUGFS_PAGER: '__none__', SS_READLINE_PATH: 'none', TZ: 'UTC' }

interface Process {
  running: ExecStream
  stdin: PassThrough
  chunks: AsyncIterator<Buffer>
  /** It has answered before: the prompt for the next command has been read. */
  answered: boolean
}

/**
 * A debugfs that is started at the first command and answers all further ones: starting one costs more than most
 * answers. A random mark that nothing inside the image can know stands between the outputs (`dx_hash` repeats it),
 * so that no content is taken for another's.
 */
export function createDebugfs(source: FileSystemSource, io: ImageIo): Debugfs {
  const file = source.offset === 0 ? source.toolPath : `${source.toolPath}?offset=${source.offset}`
  let current: Process | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined

  function start(): Process {
    const stdin = new PassThrough()
    const running = io.exec.stream('debugfs', [file], { env, input: stdin, signal: io.signal })
    const chunks = running.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    return { running, stdin, chunks, answered: false }
  }

  /** Ends the process; what it said on stderr. Throws what kept it from running at all. */
  async function end(): Promise<string> {
    clearTimeout(idle)
    const ended = current
    current = undefined
    if (!ended) return ''
    ended.stdin.end()
    while (!(await ended.chunks.next()).done) continue // what is left unread would keep it from ending
    const done = await ended.running.done
    if (done.signal) throw damaged(source.imagePath, `debugfs crashed on it (${done.signal}).`)
    return complaintsIn(done.stderr)
  }

  async function answer(commands: readonly string[], maximum: number): Promise<Buffer[]> {
    clearTimeout(idle)
    const process = (current ??= start())
    const mark = randomBytes(16).toString('hex')
    process.stdin.write(
      commands.map((command) => `${command}\ndx_hash ${mark}\n`).join('') + `dx_hash ${mark}-end\n`
    )
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      process.running.kill()
    }, toolTimeout)
    try {
      const output = await readUntil(process.chunks, `Hash of ${mark}-end is `, maximum)
      const outputs = output && splitAt(output, Buffer.from(`Hash of ${mark} is `), process.answered)
      process.answered = true
      if (outputs?.length === commands.length) return outputs
    } catch (error) {
      current = undefined
      process.running.kill()
      await process.chunks.return?.()
      await process.running.done // a missing tool and an interrupt have their own errors
      throw error
    } finally {
      clearTimeout(timer)
    }
    const complaint = await end().catch((error: unknown) => {
      if (timedOut) return ''
      throw error
    })
    if (timedOut) throw damaged(source.imagePath, 'debugfs did not come to an end with it.')
    throw damaged(source.imagePath, complaint.split('\n')[0] || 'debugfs can not read it.')
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  return {
    run: (commands, expectedBytes) =>
      inTurn(async () => {
        if (commands.length === 0) return []
        const outputs = await answer(commands, expectedBytes + (commands.length + 16) * outputPerCommand)
        idle = setTimeout(() => void inTurn(end).catch(() => undefined), idleTime)
        return outputs
      }),
    complaints: () => inTurn(end),
    close: () => inTurn(end).then(() => undefined)
  }
}

/** Everything up to the line that begins with `last`; undefined when the stream ends before. */
async function readUntil(
  chunks: AsyncIterator<Buffer>,
  last: string,
  maximum: number
): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  // Behind the last mark nothing comes but the prompt: the end of what has come is all there is to look at.
  let tail = ''
  for (;;) {
    const next = await chunks.next()
    if (next.done) return undefined
    const { value } = next
    bytes += value.length
    if (bytes > maximum) {
      throw new HardenError('usage', 'OUTPUT_TOO_LARGE', 'debugfs wrote more than we are ready to read')
    }
    parts.push(value)
    tail = (tail + value.toString('latin1', Math.max(0, value.length - 200))).slice(-200)
    if (tail.includes(last) && tail.endsWith(`\n${prompt}`)) return Buffer.concat(parts, bytes)
  }
}

/** The pieces before each mark, without the prompts on either side; a mark ends with its line. */
function splitAt(data: Buffer, mark: Buffer, isPromptRead: boolean): Buffer[] {
  const pieces: Buffer[] = []
  let start = isPromptRead ? 0 : promptLength
  for (let at = data.indexOf(mark); at >= 0; at = data.indexOf(mark, start)) {
    pieces.push(data.subarray(start, at - promptLength))
    start = data.indexOf(0x0a, at) + 1 + promptLength
  }
  return pieces
}

function complaintsIn(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.replace(/^debugfs: (?!\d)/, ''))
    .filter((line) => line.trim() !== '' && !/^debugfs \d/.test(line))
    .join('\n')
}
