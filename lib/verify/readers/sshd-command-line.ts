import type { CheckContext } from '../check-context.ts'
import type { SshdSetting } from './sshd.ts'
import { splitSshdLine } from './sshd-syntax.ts'
import type { Unit } from './unit-file.ts'
import { readUnits } from './units.ts'
import { environmentOf, expandVariables, splitCommand } from './unit-commands.ts'

/** What the unit hands to sshd. */
export interface SshdCommandLine {
  configFile: string
  /** `-o Key=value` and `-p`: they come before the file, so they win. */
  settings: readonly SshdSetting[]
}

const mainFile = '/etc/ssh/sshd_config'

/**
 * The arguments with which ssh.service starts sshd, `$SSHD_OPTS` of its EnvironmentFile included. Without
 * that unit the plain defaults.
 */
export async function sshdCommandLine(context: CheckContext): Promise<SshdCommandLine> {
  const unit = await (await context.read(readUnits)).load('ssh.service')
  return unit ? commandLineOf(context, unit) : { configFile: mainFile, settings: [] }
}

/** Servers that other units start beside ssh.service, or a socket in its place, by the name of the unit. */
export async function otherServers(context: CheckContext): Promise<ReadonlyMap<string, SshdCommandLine>> {
  const units = await context.read(readUnits)
  const found = new Map<string, SshdCommandLine>()
  for (const name of [...units.started.keys(), ...units.triggered.keys()]) {
    const unit = name === units.mainName('ssh.service') ? undefined : await units.load(name)
    const isServer = unit
      ?.values('Service', 'ExecStart')
      .some(({ value }) => /^[@:+!-]*\S*\/sshd\b/.test(value))
    if (unit && !unit.masked && isServer) found.set(name, await commandLineOf(context, unit))
  }
  return found
}

async function commandLineOf(context: CheckContext, unit: Unit): Promise<SshdCommandLine> {
  const result: { configFile: string; settings: SshdSetting[] } = { configFile: mainFile, settings: [] }
  const start = unit.values('Service', 'ExecStart').at(-1)
  if (!start) return result
  const environment = await environmentOf(context, unit)
  const words = splitCommand(start.value).flatMap((word) => expandVariables(word, environment))
  const place = { path: start.path, line: start.line, text: start.value }
  for (let at = 1; at < words.length; at++) {
    const match = /^-([A-Za-z0-9]*?)([ofp])(.*)$/.exec(words[at] ?? '')
    if (!match) continue
    const value = match[3] !== '' ? (match[3] ?? '') : (words[++at] ?? '')
    if (match[2] === 'f') result.configFile = value.startsWith('/') ? value : `/${value}`
    else if (match[2] === 'p') result.settings.push({ ...place, key: 'port', value, option: 'p' })
    else {
      const parts = splitSshdLine(value)
      if (parts)
        result.settings.push({
          ...place,
          text: words.join(' '),
          key: parts.keyword,
          value: parts.values.join(' '),
          option: 'o'
        })
    }
  }
  return result
}
