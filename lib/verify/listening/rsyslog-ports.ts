import type { CheckContext } from '../check-context.ts'
import { globImage } from '../readers/glob.ts'
import { environmentOf, expandVariables, splitCommand } from '../readers/unit-commands.ts'
import type { Unit } from '../readers/unit-file.ts'
import type { Listener, Listening, Undecided } from './listener.ts'
import { joined, listenerOf, nothing } from './listener.ts'

const maxFiles = 500
const limit = 4 * 1024 * 1024

/** Inputs that listen to a network, their protocol, and the port of those that have one by themselves. */
const inputs: Readonly<Record<string, readonly [protocol: string, port?: string]>> = {
  imudp: ['udp', '514'],
  imtcp: ['tcp'],
  imptcp: ['tcp'],
  imrelp: ['tcp'],
  imgssapi: ['tcp'],
  imdtls: ['udp', '4433'],
  imhttp: ['tcp'],
  imbeats: ['tcp']
}

/** The directives of old for the same. */
const directives: Readonly<Record<string, string>> = {
  udpserverrun: 'udp',
  inputtcpserverrun: 'tcp',
  inputptcpserverrun: 'tcp',
  inputrelpserverrun: 'tcp',
  inputgssserverrun: 'tcp'
}

/**
 * Where rsyslogd listens: `input(type="imtcp" port=…)` and the directives of old, in /etc/rsyslog.conf or what its
 * command line names (`-f`), and in everything that includes. An input whose module is not loaded counts as well.
 */
export async function rsyslogPorts(context: CheckContext, unit: Unit): Promise<Listening> {
  const start = unit.values('Service', 'ExecStart').at(-1)
  const environment = await environmentOf(context, unit)
  const words = splitCommand(start?.value ?? '').flatMap((word) => expandVariables(word, environment))
  const option = words.findIndex((word) => /^-[a-zA-Z]*f/.test(word))
  const named = option < 0 ? undefined : words[option]?.replace(/^-[a-zA-Z]*f/, '') || words[option + 1]
  let files = 0

  async function readFile(path: string): Promise<Listening> {
    if (++files > maxFiles) throw new RangeError(`${path}: rsyslog includes more than ${maxFiles} files`)
    const text = await context.image.readText(path, limit)
    return text === undefined ? nothing : readConfiguration(withoutComments(text), path)
  }

  async function readConfiguration(text: string, path: string): Promise<Listening> {
    const listeners: Listener[] = []
    const undecided: Undecided[] = []
    const included: string[] = []
    const place = (index: number, value: string) => ({
      path,
      line: text.slice(0, index).split('\n').length,
      value
    })
    for (const { index, 1: name = '', 2: body = '' } of text.matchAll(
      /\b(input|include)\s*\(((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^()"'])*)\)/gi
    )) {
      const fields = fieldsOf(body)
      const evidence = place(index, `${name}(${body.replace(/\s+/g, ' ').trim()})`)
      if (name.toLowerCase() === 'include') {
        const file = fields.get('file')?.[0]
        if (file === undefined)
          undecided.push({ by: unit.name, why: 'an include of rsyslog is not a file', evidence })
        else included.push(file)
        continue
      }
      const type = (fields.get('type')?.[0] ?? '').toLowerCase()
      const known = inputs[type]
      if (known === undefined || fields.has('path')) continue
      const ports =
        fields.get('port') ?? fields.get('listenportfilename') ?? (known[1] === undefined ? [] : [known[1]])
      const addresses = fields.get('address') ?? ['*']
      if (ports.length === 0 || !ports.every((one) => /^\d{1,5}$/.test(one))) {
        undecided.push({ by: unit.name, why: `the port of an input of ${type} is not a number`, evidence })
      } else {
        for (const port of ports)
          for (const address of addresses)
            listeners.push(...listenerOf(unit.name, known[0], port, address, evidence))
      }
    }
    let address = '*'
    for (const { index, 0: line, 1: key = '', 2: value = '' } of text.matchAll(
      /^[ \t]*\$(\w+)[ \t]+(\S+)[ \t]*$/gm
    )) {
      const directive = key.toLowerCase()
      if (directive === 'includeconfig') included.push(value)
      else if (directive === 'udpserveraddress') address = value
      const protocol = directives[directive]
      if (protocol === undefined) continue
      const where = protocol === 'udp' ? address : '*'
      listeners.push(...listenerOf(unit.name, protocol, value, where, place(index, line.trim())))
    }
    const deeper: Listening[] = []
    for (const pattern of included) {
      const wanted = pattern.endsWith('/') ? `${pattern}*` : pattern
      for (const one of globImage(context.image, wanted)) deeper.push(await readFile(one))
    }
    return joined([{ listeners, undecided }, ...deeper])
  }

  return readFile(named ?? '/etc/rsyslog.conf')
}

/** `name="value"` and `name=["one", "two"]`, names of either case. */
function fieldsOf(body: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, readonly string[]>()
  for (const match of body.matchAll(
    /([\w.]+)\s*=\s*(?:\[([^\]]*)\]|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'[\]]+))/g
  )) {
    const list =
      match[2] === undefined
        ? undefined
        : [...match[2].matchAll(/"([^"]*)"|'([^']*)'/g)].map((one) => one[1] ?? one[2] ?? '')
    fields.set((match[1] ?? '').toLowerCase(), list ?? [match[3] ?? match[4] ?? match[5] ?? ''])
  }
  return fields
}

/** Comments become blanks, so that places stay; a `#` or a slash inside of quotes is none. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\*[\s\S]*?\*\/|#[^\n]*/g, (found) =>
    /^["']/.test(found) ? found : found.replace(/[^\n]/g, ' ')
  )
}
