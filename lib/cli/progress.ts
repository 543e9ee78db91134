import type { Progress } from '../build/progress.ts'
import type { Io } from '../base/io.ts'

/** Progress for people: on a terminal one line that moves, elsewhere a line per phase. */
export function terminalProgress(io: Io): Progress & { done(): void } {
  const started = io.now()
  const terminal = io.stderr.isTTY === true && !io.env['CI']
  const width = (io.stderr.columns ?? 80) - 1
  let phase = ''
  let since = started
  const seconds = (from: number) => `${((io.now() - from) / 1000).toFixed(1)} s`
  const clear = () => {
    if (terminal) io.stderr.write('\r\u001b[2K')
  }
  const finish = () => {
    if (phase === '') return
    clear()
    io.stderr.write(`  ${phase}: ${seconds(since)}\n`)
    phase = ''
  }
  return {
    phase(title) {
      finish()
      phase = title
      since = io.now()
      io.stderr.write(terminal ? `  ${title} ...` : `  ${title} ...\n`)
    },
    line(text) {
      if (!terminal || phase === '') return
      // eslint-disable-next-line no-control-regex
      const plain = text.replace(/[\u0000-\u001f\u007f]/g, ' ')
      clear()
      io.stderr.write(`  ${phase} ... ${plain}`.slice(0, width))
    },
    note(text) {
      clear()
      io.stderr.write(`  note: ${text}\n`)
    },
    done() {
      finish()
      io.stderr.write(`  all of it: ${seconds(started)}\n`)
    }
  }
}
