/** Keywords sshd still takes under an older name (sshd's keyword table). */
const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  dsaauthentication: 'pubkeyauthentication',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  hostbasedacceptedkeytypes: 'hostbasedacceptedalgorithms',
  hostdsakey: 'hostkey'
}

/** Keywords of which every line counts; of all others the first value does. */
const collected = new Set([
  'acceptenv',
  'allowgroups',
  'allowusers',
  'denygroups',
  'denyusers',
  'hostcertificate',
  'hostkey',
  'listenaddress',
  'logverbose',
  'port',
  'setenv',
  'subsystem'
])

/** The keyword as sshd compares it: lower case, under its present name. */
export function sshdKeyword(keyword: string): string {
  const lower = keyword.toLowerCase()
  return aliases[lower] ?? lower
}

/** Whether further lines of a keyword add to the first one. */
export function isCollected(keyword: string): boolean {
  return collected.has(keyword)
}

/**
 * Splits a line of sshd_config into keyword and arguments as sshd does: `keyword arg`, `keyword=arg`,
 * quotes with `"` or `'`, backslash before a quote, a backslash or a blank, `#` ends the line.
 * @returns undefined for an empty line, a comment, or quotes that don't end (sshd refuses the file).
 */
export function splitSshdLine(text: string): { keyword: string; values: readonly string[] } | undefined {
  const match = /^[ \t\r\f]*(?:"([^"]*)"|([^ \t\r\f="#][^ \t\r\f="]*))[ \t\r\f]*(?:=[ \t\r\f]*)?(.*)$/.exec(
    text
  )
  const keyword = match?.[1] ?? match?.[2]
  if (!match || keyword === undefined) return undefined
  const values = splitArguments(match[3] ?? '')
  return values === undefined ? undefined : { keyword: sshdKeyword(keyword), values }
}

function splitArguments(text: string): readonly string[] | undefined {
  const found: string[] = []
  let at = 0
  while (at < text.length) {
    while (' \t\r\f'.includes(text[at] ?? '\0')) at++
    if (at >= text.length || text[at] === '#') break
    let word = ''
    let quote = ''
    for (; at < text.length; at++) {
      const character = text[at] ?? ''
      const next = text[at + 1] ?? ''
      if (character === '\\' && (`"'\\`.includes(next) || (quote === '' && next === ' ')) && next !== '') {
        word += next
        at++
      } else if (quote === '' && ' \t'.includes(character)) break
      else if (quote === '' && (character === '"' || character === "'")) quote = character
      else if (quote !== '' && character === quote) quote = ''
      else word += character
    }
    if (quote !== '') return undefined
    found.push(word)
  }
  return found
}
