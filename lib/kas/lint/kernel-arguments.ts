import type { LintContext } from './context.ts'
import type { Hit, LintRule } from './rule.ts'
import { hitsInLayers } from './search.ts'

/** Kernel command lines that switch auditing off. */
export const auditOff: LintRule = {
  code: 'LINT_AUDIT_OFF',
  title: 'audit=0 on the kernel command line',
  severity: 'error',
  requirement: ['CR 2.8', 'CR 6.1'],
  why: 'The kernel then records nothing, whatever rules auditd is given.',
  fix: 'Remove it, or write audit=1.',
  find: (context) => arguments_(context, /(?:^|[\s"'=])(audit=(?:0|off))(?=[\s"'\\]|$)/)
}

/** Kernel command lines that open a shell without a login. */
export const debugShell: LintRule = {
  code: 'LINT_DEBUG_SHELL',
  title: 'A root shell without a login',
  severity: 'error',
  requirement: ['CR 1.1', 'EDR 2.13'],
  why: 'Whoever reaches the console is root.',
  fix: 'Remove the argument from what is shipped; keep it in a file for development.',
  find: (context) =>
    arguments_(
      context,
      /(?:^|[\s"'=])((?:systemd\.debug[-_]shell(?:=1)?|init=\/bin\/(?:ba)?sh))(?=[\s"'\\]|$)/
    )
}

function arguments_({ effective, layers, placeOf }: LintContext, pattern: RegExp): Hit[] {
  const inConf = [...effective.conf.variables].flatMap(([name, { value }]) => {
    const match = pattern.exec(value ?? '')
    const word = match?.[1]
    return word === undefined ? [] : [{ message: `${name} has ${word}`, at: placeOf(name, word) }]
  })
  const wks = hitsInLayers(
    {
      layers: layers.map((file) => ({
        ...file,
        lines: file.lines.map((line) => (/^\s*#/.test(line) ? '' : line))
      }))
    },
    /\.(?:wks|wks\.in|inc)$/,
    new RegExp(`^\\s*bootloader\\b.*${pattern.source}`),
    (match) => `this disk layout has ${match[1] ?? ''}`
  )
  return [...inConf, ...wks]
}
