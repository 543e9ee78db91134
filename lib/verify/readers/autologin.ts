import type { Evidence } from '../../controls/result.ts'
import type { CheckContext } from '../check-context.ts'
import { parseIni } from './ini.ts'
import { readLines, seen } from './lines.ts'
import { splitCommand } from './unit-commands.ts'
import { readUnits } from './units.ts'

/** Something that logs a person in without asking. */
export interface Autologin {
  what: string
  evidence: Evidence
}

/** Looks into every unit's commands, the display managers and the root shells of debugging. */
export async function findAutologins(context: CheckContext): Promise<readonly Autologin[]> {
  const { image } = context
  const units = await context.read(readUnits)
  const found: Autologin[] = []
  for (const name of new Set([...units.names, ...units.started.keys()])) {
    const unit = await units.load(name)
    if (!unit || unit.masked) continue
    // sulogin(8) asks for root's password; with this it opens a shell when root has none.
    for (const setting of unit.values('Service', 'Environment')) {
      if (/\bSYSTEMD_SULOGIN_FORCE=["']?(?:1|y|t|on)/i.test(setting.value))
        found.push({ what: `${unit.name} opens a shell without a password`, evidence: seen(setting) })
    }
    for (const setting of unit.values('Service', 'ExecStart')) {
      const [program = '', ...words] = splitCommand(setting.value)
      const asks = !words.some((word) =>
        /^(?:--autologin|--skip-login|-[a-zA-Z0-9]*[an])$|^--autologin=|^-a./.test(word)
      )
      if (/getty$/.test(program) && !asks)
        found.push({ what: `${unit.name} runs ${setting.value}`, evidence: seen(setting) })
      else if (/\/login$/.test(program) && words.includes('-f'))
        found.push({ what: `${unit.name} runs login -f`, evidence: seen(setting) })
    }
    // sulogin and plain shells on a terminal, as debug-shell.service does.
    const terminal = unit.values('Service', 'StandardInput').at(-1)?.value ?? ''
    const shell = unit
      .values('Service', 'ExecStart')
      .find(({ value }) => /^[@:+!-]*\/(?:usr\/)?bin\/(?:ba|da|z)?sh(?:\s+-[il]+)?$/.test(value))
    if (shell && /^tty/.test(terminal) && units.started.has(unit.name)) {
      found.push({ what: `${unit.name} gives a shell on a terminal`, evidence: seen(shell) })
    }
  }
  for (const [path, pattern] of displayManagers(image.list('/etc/lightdm/lightdm.conf.d'))) {
    const hit = parseIni((await readLines(image, path)) ?? []).find(({ key, value }) =>
      pattern.test(`${key}=${value}`)
    )
    if (hit) found.push({ what: `${hit.key}=${hit.value}`, evidence: seen(hit) })
  }
  return found
}

function displayManagers(lightdm: readonly string[]): readonly (readonly [string, RegExp])[] {
  return [
    ['/etc/gdm3/daemon.conf', /^(?:Automatic|Timed)LoginEnable\s*=\s*(?:true|1)/i],
    ['/etc/gdm3/custom.conf', /^(?:Automatic|Timed)LoginEnable\s*=\s*(?:true|1)/i],
    ['/etc/sddm.conf', /^User=./],
    ['/etc/lightdm/lightdm.conf', /^autologin-user=./],
    ...lightdm.map((name) => [`/etc/lightdm/lightdm.conf.d/${name}`, /^autologin-user=./] as const)
  ]
}
