import { createReadStream } from 'node:fs'

/** Longer lines are cut: a log of one endless line must not fill the memory. */
const longest = 16_384

/**
 * Calls `visit` with every line of a text file, without its line end, numbered from 1. Carriage returns end a
 * line as well (but are not counted), so that each state of a rewritten line is seen. Streams: memory stays the
 * same for any size.
 * @throws the error of fs.createReadStream when the file can't be read.
 */
export async function forEachLine(path: string, visit: (line: string, number: number) => void): Promise<void> {
  let number = 1
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
    const lines = (rest + (chunk as string)).split('\n')
    rest = (lines.pop() ?? '').slice(0, longest)
    for (const line of lines) visitStates(line, number++, visit)
  }
  if (rest !== '') visitStates(rest, number, visit)
}

function visitStates(line: string, number: number, visit: (line: string, number: number) => void): void {
  if (!line.includes('\r')) visit(line.slice(0, longest), number)
  else for (const state of line.split('\r')) if (state !== '') visit(state.slice(0, longest), number)
}
