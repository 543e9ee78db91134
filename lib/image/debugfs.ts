import { randomBytes } from 'node:crypto'
import type { FileSystemSource } from './file-system.ts'
import type { ImageIo } from './limits.ts'
import { damaged, toolTimeout } from './limits.ts'

/** What debugfs wrote for each command, in order, and its complaints. */
export interface DebugfsOutput {
  outputs: readonly Buffer[]
  complaints: string
}

/** Room for the echo and the layout of one command's output, beside the content asked for. */
const outputPerCommand = 4096

/**
 * Runs commands in one debugfs(8) process, read-only. A random mark that nothing inside the image
 * can know stands between the outputs, so that no content is taken for another's.
 * @param expectedBytes how much output the commands may make beyond their own layout
 * @throws HardenError `IMAGE_DAMAGED` when debugfs can't open the file system, crashes or hangs.
 */
export async function runDebugfs(
  source: FileSystemSource,
  commands: readonly string[],
  io: ImageIo,
  expectedBytes: number
): Promise<DebugfsOutput> {
  const mark = `#${randomBytes(16).toString('hex')}`
  const script = commands.map((command) => `${mark}\n${command}\n`).join('') + `${mark}\n`
  const file = source.offset === 0 ? source.toolPath : `${source.toolPath}?offset=${source.offset}`
  const done = await io.exec.run('debugfs', ['-f', '-', file], {
    input: script,
    // Without a zone `ls -l` looks for the machine's at every row; without a pager none is started.
    env: { DEBUGFS_PAGER: '__none__', TZ: 'UTC' },
    timeout: toolTimeout,
    maxBuffer: expectedBytes + (commands.length + 16) * outputPerCommand,
    signal: io.signal
  })
  const complaints = done.stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^debugfs \d/.test(line))
    .join('\n')
  if (done.timedOut) throw damaged(source.imagePath, 'debugfs did not come to an end with it.')
  if (done.signal) throw damaged(source.imagePath, `debugfs crashed on it (${done.signal}).`)
  const outputs = splitAt(done.stdout, Buffer.from(`${mark}\n`))
  if (outputs.length !== commands.length || /Filesystem not open/.test(complaints)) {
    throw damaged(source.imagePath, complaints.split('\n')[0] ?? 'debugfs can not read it.')
  }
  return { outputs: outputs.map(withoutEcho), complaints }
}

/** The pieces between marks; what stands before the first and after the last is not ours. */
function splitAt(data: Buffer, mark: Buffer): Buffer[] {
  const pieces: Buffer[] = []
  let start = data.indexOf(mark)
  while (start >= 0) {
    const end = data.indexOf(mark, start + mark.length)
    if (end < 0) break
    pieces.push(data.subarray(start + mark.length, end))
    start = end
  }
  return pieces
}

/** debugfs repeats every command before its output: `debugfs: cat <12>`. */
function withoutEcho(output: Buffer): Buffer {
  return output.subarray(output.indexOf(0x0a) + 1)
}
