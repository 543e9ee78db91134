import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { globImage } from '../readers/glob.ts'
import { joinContinued, readLines } from '../readers/lines.ts'
import type { Setting } from '../readers/lines.ts'
import type { Reading } from './reading.ts'

/** The file Debian's OpenSSL opens (OPENSSLDIR); its package makes it a link to the one in /etc. */
const own = '/usr/lib/ssl/openssl.cnf'
const usual = '/etc/ssl/openssl.cnf'

/**
 * openssl.cnf (config(5ssl)): key `<section>.<name>`; `system_default_sect` is what the section of ssl_conf calls so. A section counts only when openssl_conf of the
 * default section leads to it; of several values the last one counts.
 */
export async function readOpensslKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const settings: (Setting & { section: string })[] = []
  const opened = context.image.lstat(own) === undefined ? usual : own
  await readFile(context, context.image.stat(opened)?.path ?? opened, settings, 0)
  const at = check.key.lastIndexOf('.')
  const [section, key] = at < 0 ? ['default', check.key] : [check.key.slice(0, at), check.key.slice(at + 1)]
  const reached = new Set<string>()
  const start = settings.findLast((one) => one.section === 'default' && one.key === 'openssl_conf')?.value
  const queue = start === undefined ? [] : [start]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (reached.has(name)) continue
    reached.add(name)
    queue.push(...settings.filter((one) => one.section === name).map(({ value }) => value))
  }
  // Programs take the section that system_default names, whatever it is called (config(5ssl), SSL configuration).
  const value = (within: string | undefined, name: string): string | undefined =>
    settings.findLast((one) => one.section === within && one.key === name)?.value
  const wanted =
    section === 'system_default_sect' ? value(value(start, 'ssl_conf'), 'system_default') : section
  const inForce = wanted !== undefined && (wanted === 'default' || reached.has(wanted))
  return {
    effective: inForce ? settings.filter((one) => one.section === wanted && one.key === key).slice(-1) : [],
    style: { ignoreCase: true }
  }
}

async function readFile(
  context: CheckContext,
  file: string,
  settings: (Setting & { section: string })[],
  depth: number
): Promise<void> {
  if (depth > 10) throw new RangeError(`${file}: .include nests too deep`)
  let section = 'default'
  for (const line of joinContinued((await readLines(context.image, file)) ?? [])) {
    const text = line.text.replace(/#.*$/, '').trim()
    const header = /^\[([^\]]*)\]$/.exec(text)
    const included = /^\.include\s*=?\s*(\S+)/.exec(text)
    const assigned = /^([^=\s]+)\s*=\s*(.*)$/.exec(text)
    if (header) section = (header[1] ?? '').trim()
    else if (included) {
      const target = included[1] ?? ''
      const isDirectory = context.image.stat(target)?.type === 'directory'
      const files = isDirectory
        ? [...globImage(context.image, `${target}/*.cnf`), ...globImage(context.image, `${target}/*.conf`)]
        : [target]
      for (const one of files) await readFile(context, one, settings, depth + 1)
    } else if (assigned) {
      // `section::name = value` sets a value of another section.
      const [, name = '', value = ''] = assigned
      const other = /^(.+)::(.+)$/.exec(name)
      settings.push({
        ...line,
        section: other?.[1] ?? section,
        key: other?.[2] ?? name,
        value: plainValue(value, (name) => valueOf(settings, other?.[1] ?? section, name))
      })
    }
  }
}

/** Quotes and backslashes off, variables in their place (config(5ssl)). */
function plainValue(text: string, lookUp: (name: string) => string): string {
  return text.replace(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|\$(?:\{([^}]*)\}|\(([^)]*)\)|((?:\w+::)?\w+))/g,
    (_, double?: string, single?: string, escaped?: string, ...names: (string | undefined)[]) =>
      double?.replace(/\\(.)/g, '$1') ??
      single ??
      escaped ??
      lookUp(names.slice(0, 3).find((name) => name !== undefined) ?? '')
  )
}

function valueOf(
  settings: readonly (Setting & { section: string })[],
  section: string,
  name: string
): string {
  const [, other, plain = name] = /^(.+)::(.+)$/.exec(name) ?? []
  const within = (one: string) => settings.findLast(({ section: own, key }) => own === one && key === plain)
  return (other === undefined ? (within(section) ?? within('default')) : within(other))?.value ?? ''
}
