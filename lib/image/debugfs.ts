import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { ExecResult } from '../base/exec.ts'
import type { FileSystemSource } from './file-system.ts'
import type { ImageIo, OpenImageOptions } from './limits.ts'
import { damaged, toolTimeout } from './limits.ts'
import { privateDirectory } from './tool-path.ts'

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
 * @param listing where a temporary file may lie, for commands that print many small pieces: debugfs does not
 *   buffer its output, and taking a hundred thousand pieces from a pipe costs more than making them
 * @throws HardenError `IMAGE_DAMAGED` when debugfs can't open the file system, crashes or hangs.
 */
export async function runDebugfs(
  source: FileSystemSource,
  commands: readonly string[],
  io: ImageIo,
  expectedBytes: number,
  listing?: OpenImageOptions
): Promise<DebugfsOutput> {
  const mark = `#${randomBytes(16).toString('hex')}`
  const script = commands.map((command) => `${mark}\n${command}\n`).join('') + `${mark}\n`
  const file = source.offset === 0 ? source.toolPath : `${source.toolPath}?offset=${source.offset}`
  const maximum = expectedBytes + (commands.length + 16) * outputPerCommand
  const done = listing
    ? await runThroughFile(file, script, io, maximum, listing)
    : await io.exec.run('debugfs', ['-f', '-', file], { ...optionsFor(script, io), maxBuffer: maximum })
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

function optionsFor(input: string, io: ImageIo) {
  // Without a zone `ls -l` looks for the machine's at every row; without a pager none is started.
  const env = { DEBUGFS_PAGER: '__none__', TZ: 'UTC' }
  return { input, env, timeout: toolTimeout, signal: io.signal }
}

/** As `exec.run`, but stdout goes into a file that may not become larger than `maximum` bytes (ulimit -f). */
async function runThroughFile(
  file: string,
  script: string,
  io: ImageIo,
  maximum: number,
  options: OpenImageOptions
): Promise<ExecResult> {
  const directory = await privateDirectory(io, options)
  try {
    const output = join(directory.path, 'output')
    const shell = `ulimit -f ${Math.ceil(maximum / 512)} && exec debugfs -f - "$1" >"$2"`
    const done = await io.exec.run('sh', ['-c', shell, 'sh', file, output], optionsFor(script, io))
    // The shell's word for a program that is not there; asked for by name the error says what to install.
    if (done.exitCode === 127) await io.exec.run('debugfs', ['-V'], { signal: io.signal })
    if (done.signal === 'SIGXFSZ') {
      throw new HardenError('usage', 'OUTPUT_TOO_LARGE', 'debugfs wrote more than we are ready to read')
    }
    return { ...done, stdout: await readFile(output) }
  } finally {
    await directory.remove()
  }
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
