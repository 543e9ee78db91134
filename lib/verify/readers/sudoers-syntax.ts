import type { Line } from './lines.ts'

/** One parameter of a Defaults line. */
export interface SudoDefault {
  name: string
  /** `=`, `+=`, `-=` for values; undefined for a flag. */
  op: '=' | '+=' | '-=' | undefined
  value: string
  negated: boolean
  /** Users, hosts, commands or run-as users it is limited to; undefined when it holds for all. */
  scope: string | undefined
  place: Line
}

/** One command a rule grants. */
export interface SudoRule {
  /** Who, as written: `root`, `%sudo`, an alias. */
  users: readonly string[]
  commands: readonly { command: string; tags: readonly string[] }[]
  place: Line
}

/** Splits at a separator outside quotes, parentheses and backslashes. */
export function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\') {
      part += character + (text[at + 1] ?? '')
      at++
      continue
    }
    if (character === '"') quoted = !quoted
    else if (!quoted && character === '(') depth++
    else if (!quoted && character === ')') depth--
    if (character === separator && !quoted && depth <= 0) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part]
}

/** `Defaults:bob !use_pty, logfile="/var/log/sudo.log"`. */
export function parseDefaults(place: Line): readonly SudoDefault[] {
  const match = /^Defaults(?:([@:!>])\s*(\S+(?:\s*,\s*[^\s,=]+)*))?\s+(.*)$/.exec(place.text)
  if (!match) return []
  const [, kind, members, rest = ''] = match
  const scope = kind === undefined ? undefined : `${kind}${members ?? ''}`
  return splitOutside(rest, ',').flatMap((part) => {
    const parameter = /^\s*(!*)\s*([a-z_][a-z0-9_]*)\s*(?:(\+=|-=|=)\s*(.*?))?\s*$/i.exec(part)
    if (!parameter) return []
    const [, bangs = '', name = '', op, value = ''] = parameter
    return [
      {
        name,
        op: op === '=' || op === '+=' || op === '-=' ? op : undefined,
        value: value.replace(/^"(.*)"$/, '$1'),
        negated: bangs.length % 2 === 1,
        scope,
        place
      }
    ]
  })
}

/** `%admin ALL=(ALL:ALL) NOPASSWD: /bin/a, /bin/b : HOST2 = …`; tags hold on until another one changes them. */
export function parseRule(place: Line): readonly SudoRule[] {
  const equals = splitOutside(place.text, '=')
  if (equals.length < 2) return []
  // Users come first, hosts after the last blank before the equals sign.
  const head = (equals[0] ?? '').trim()
  const users = userList(head)
  const commands: { command: string; tags: readonly string[] }[] = []
  for (const grant of splitGrants(place.text)) {
    let tags: readonly string[] = []
    for (const raw of splitOutside(grant, ',')) {
      let command = raw.trim().replace(/^\([^)]*\)\s*/, '')
      for (;;) {
        const option =
          /^(?:ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER)\s*=\s*(?:"[^"]*"|\S+)\s+/.exec(
            command
          )
        const tag = /^([A-Z_]+)\s*:\s*/.exec(command)
        if (option) command = command.slice(option[0].length).replace(/^\([^)]*\)\s*/, '')
        else if (tag) {
          const name = tag[1] ?? ''
          const opposite = name.startsWith('NO') ? name.slice(2) : `NO${name}`
          tags = [...tags.filter((one) => one !== name && one !== opposite), name]
          command = command.slice(tag[0].length)
        } else break
      }
      if (command !== '') commands.push({ command, tags })
    }
  }
  return users.length > 0 && commands.length > 0 ? [{ users, commands, place }] : []
}

/** The command lists of a rule: what follows each `hosts =`. */
function splitGrants(text: string): readonly string[] {
  // A colon parts host specifications only where a host list and an equals sign follow it.
  const parts = splitOutside(text, ':')
  const grants: string[] = []
  for (const part of parts) {
    const at = part.search(/(?:^|[^\\])=/)
    const hosts = at < 0 ? '' : part.slice(0, at + 1)
    const isOption =
      /(?:ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER)\s*=?$/.test(
        hosts.trim()
      )
    // `sha256:DIGEST= /bin/a`: the equals sign belongs to the digest.
    const isDigest = /\bsha(?:224|256|384|512)\s*$/.test(grants.at(-1) ?? '')
    if (at >= 0 && !isOption && !isDigest && (grants.length === 0 || !/[/(]/.test(hosts))) {
      grants.push(part.slice(part.indexOf('=', at) + 1))
    } else if (grants.length > 0) grants.push(`${grants.pop() ?? ''}:${part}`)
  }
  return grants
}

function userList(head: string): readonly string[] {
  // `a, b HOST` or `a,b HOST1, HOST2`: a blank without a comma beside it ends the users.
  const match = /^((?:"[^"]*"|\\.|[^\s,"\\])+(?:\s*,\s*(?:"[^"]*"|\\.|[^\s,"\\])+)*)/.exec(head)
  return splitOutside(match?.[1] ?? '', ',').map((one) => one.trim().replace(/^"(.*)"$/, '$1'))
}
