import type { Progress } from '../build/progress.ts'
import type { Io } from '../base/io.ts'
import { plainText } from '../base/text.ts'

/** Progress that has to be ended: `done` after success, `stop` in any case (a second call does nothing). */
export interface ShownProgress extends Progress {
  /** Ends the last phase and says how long all of it took. */
  done(): void
  /** Ends the heart beat and closes what is open, so that an error stands on a line of its own. */
  stop(): void
}

/** Calls back about once a second until the returned function is called; must not keep the process alive. */
export type Heart = (beat: () => void) => () => void

/** So long without output, in milliseconds, before a terminal says so. */
const quietOnTerminal = 30_000
/** The same for a log, and the time between two such lines. */
const quietInLog = 60_000
/** A log gets a line about a step after so many milliseconds, or after so much more of the work. */
const stepEvery = 30_000
const stepShare = 0.1

function everySecond(beat: () => void): () => void {
  const timer = setInterval(beat, 1000)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}

interface Step {
  done: number
  of: number
  what: string
}

/**
 * Progress for people on stderr: on a terminal one line that moves; elsewhere a line per phase, now and then one per
 * step, and a heart beat when a tool says nothing; in a GitLab job each phase is a collapsed section (GitLab CI,
 * "Custom collapsible sections"). `io.now` is the clock.
 */
export function terminalProgress(io: Io, heart: Heart = everySecond): ShownProgress {
  const gitlab = Boolean(io.env['GITLAB_CI'])
  const terminal = io.stderr.isTTY === true && !io.env['CI'] && !gitlab
  const width = (io.stderr.columns ?? 80) - 1
  const started = io.now()
  let phase = ''
  let since = started
  let section: string | undefined
  let sections = 0
  let step: Step | undefined
  let text = ''
  let heardAt = started
  let saidAt = started
  let saidShare = Number.NEGATIVE_INFINITY
  let heldBack: string[] = []
  let stopHeart: (() => void) | undefined

  const write = (line: string) => io.stderr.write(line)
  const seconds = (from: number) => `${((io.now() - from) / 1000).toFixed(1)} s`
  const minutes = (from: number) => {
    const whole = Math.max(0, Math.floor((io.now() - from) / 1000))
    return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')}`
  }
  const clear = () => {
    if (terminal) write('\r\u001b[2K')
  }
  const mark = (what: string) => `\u001b[0Ksection_${what}\r\u001b[0K`
  const unix = () => String(Math.floor(io.now() / 1000))
  const quiet = () => `still in ${step?.what.split(': ').at(-1) ?? phase}, ${minutes(heardAt)} without output`

  const draw = () => {
    if (!terminal || phase === '') return
    const parts = [`  ${phase} ...`]
    if (step !== undefined)
      parts.push(`${String(step.done)}/${String(step.of)} ${step.what}, ${minutes(since)}`)
    else if (text !== '') parts.push(text)
    const silence = io.now() - heardAt >= quietOnTerminal ? `, ${quiet()}` : ''
    clear()
    // The silence is the news: a long name makes room for it.
    write(parts.join(' ').slice(0, Math.max(0, width - silence.length)) + silence.slice(0, width))
  }
  const beat = () => {
    if (phase === '') return
    if (terminal) {
      if (step !== undefined || io.now() - heardAt >= quietOnTerminal) draw()
    } else if (io.now() - heardAt >= quietInLog && io.now() - saidAt >= quietInLog) {
      saidAt = io.now()
      write(`  ${quiet()}\n`)
    }
  }
  const close = () => {
    if (section !== undefined) write(mark(`end:${unix()}:${section}`))
    section = undefined
    for (const note of heldBack) write(note)
    heldBack = []
  }
  const finish = () => {
    if (phase === '') return
    clear()
    close()
    write(`  ${phase}: ${seconds(since)}\n`)
    phase = ''
  }
  const stop = () => {
    stopHeart?.()
    stopHeart = undefined
    if (phase === '') return
    if (terminal) write('\n')
    close()
    phase = ''
  }

  return {
    phase(title) {
      finish()
      stopHeart ??= heart(beat)
      phase = onOneLine(title)
      since = heardAt = saidAt = io.now()
      step = undefined
      text = ''
      saidShare = Number.NEGATIVE_INFINITY
      if (gitlab) {
        section = `kas_harden_${String(++sections)}`
        write(mark(`start:${unix()}:${section}[collapsed=true]`))
      }
      write(terminal ? `  ${phase} ...` : `  ${phase} ...\n`)
    },
    line(line) {
      heardAt = io.now()
      if (!terminal || phase === '' || step !== undefined) return
      text = onOneLine(line)
      draw()
    },
    step(done, of, what) {
      heardAt = io.now()
      // Counts of another kind (setscene tasks, then tasks) start again.
      if (step !== undefined && (done < step.done || of !== step.of)) saidShare = Number.NEGATIVE_INFINITY
      step = { done, of, what: onOneLine(what) }
      if (phase === '') return
      if (terminal) {
        draw()
        return
      }
      const share = of > 0 ? done / of : 1
      if (share - saidShare < stepShare && io.now() - saidAt < stepEvery) return
      saidAt = io.now()
      saidShare = share
      write(`  ${String(done)}/${String(of)} ${step.what}, ${minutes(since)}\n`)
    },
    note(note) {
      const line = `  note: ${note}\n`
      // Nobody opens a collapsed section to see whether there is a note in it.
      if (section !== undefined) heldBack.push(line)
      else {
        clear()
        write(line)
      }
    },
    done() {
      finish()
      stop()
      write(`  all of it: ${seconds(started)}\n`)
    },
    stop
  }
}

/** Tools print colours, tabs and carriage returns; a line that moves must stay one. */
function onOneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return plainText(text).replace(/[\u0000-\u001f\u007f]/g, ' ')
}
