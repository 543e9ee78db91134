import { byCodeUnit } from '../../base/text.ts'
import type { CheckContext } from '../check-context.ts'
import type { Line, Setting } from './lines.ts'
import { readLines } from './lines.ts'

/**
 * Settings of apt.conf.d and apt.conf in apt's order (files of the directory by name, then apt.conf), keys
 * in lower case with `::`. Names with an extension other than .conf are skipped, as apt does.
 */
export async function readAptConf({ image }: CheckContext): Promise<readonly Setting[]> {
  const directory = '/etc/apt/apt.conf.d'
  const names = image
    .list(directory)
    .filter((name) => /^[A-Za-z0-9_-]+(?:\.conf)?$/.test(name))
    .sort(byCodeUnit)
  const settings: Setting[] = []
  for (const path of [...names.map((name) => `${directory}/${name}`), '/etc/apt/apt.conf']) {
    settings.push(...parseAptConf((await readLines(image, path)) ?? []))
  }
  return settings
}

/** `APT::Get { AllowUnauthenticated "true"; };` with comments of all three kinds (apt.conf(5)). */
export function parseAptConf(lines: readonly Line[]): readonly Setting[] {
  const settings: Setting[] = []
  const stack: string[] = []
  let words: string[] = []
  let inComment = false
  for (const line of lines) {
    // Of the directives #include reads another file; #clear only takes back.
    const included = inComment ? undefined : /^#include\s+"?([^";]+)"?\s*;?\s*$/.exec(line.text)?.[1]
    if (included !== undefined) settings.push({ ...line, key: '#include', value: included })
    if (!inComment && /^\s*#/.test(line.text)) continue
    for (const [token] of line.text.matchAll(/"[^"]*"|\/\/.*|\/\*|\*\/|[{};]|[^\s{};"/]+|\//g)) {
      if (token === '*/') inComment = false
      else if (inComment) continue
      else if (token === '/*') inComment = true
      else if (token.startsWith('//')) break
      else if (token === '{') {
        stack.push(words.join(' '))
        words = []
      } else if (token === '}' || token === ';') {
        const [key = '', ...value] = words
        if (words.length > 1) {
          settings.push({
            ...line,
            key: [...stack, key].join('::').toLowerCase(),
            value: value.join(' ').replace(/^"|"$/g, '')
          })
        }
        words = []
        if (token === '}') stack.pop()
      } else words.push(token)
    }
  }
  return settings
}
