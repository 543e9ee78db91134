import type { Image } from '../../image/image.ts'
import { globImage, isGlob } from './glob.ts'

const maxDepth = 16
const maxSize = 4 * 1024 * 1024

/** A rule set with every include put in place. */
export interface FlatRuleset {
  text: string
  /** Files it is made of. */
  files: readonly string[]
}

/** Why a rule set can't be put together from the image. */
export class RulesetProblem extends Error {
  /** True when the real nft would fail as well. */
  readonly fatal: boolean
  constructor(message: string, fatal: boolean) {
    super(message)
    this.fatal = fatal
  }
}

/**
 * Puts the files a rule set includes in place, from the image only (nft(8), INCLUDE FILES): a pattern may
 * match nothing, a plain name must be there; names without a directory are looked for in /etc.
 * @throws RulesetProblem when a file is missing, includes nest too deep, or an include is left that nft
 *   would follow on this machine.
 */
export async function flattenRuleset(image: Image, path: string): Promise<FlatRuleset> {
  const files: string[] = []
  let size = 0

  async function flat(file: string, depth: number): Promise<string> {
    if (depth > maxDepth) throw new RulesetProblem(`${file}: includes nest deeper than ${maxDepth}`, true)
    const text = await image.readText(file, maxSize)
    if (text === undefined) throw new RulesetProblem(`${file} is not in the image`, true)
    size += text.length
    if (size > maxSize) throw new RulesetProblem(`The rule set is larger than ${maxSize} bytes`, false)
    files.push(file)
    const parts: string[] = []
    // Comments go, so that no quote in one can hide an include.
    for (const statement of withoutComments(text).split(/(?<=[\n;{}])/)) {
      const match = /^(\s*)include\s+"([^"\n]*)"\s*;?\s*$/.exec(statement)
      if (!match) {
        parts.push(statement)
        continue
      }
      const wanted = match[2] ?? ''
      const pattern = wanted.startsWith('/')
        ? wanted
        : wanted.startsWith('./')
          ? `/${wanted.slice(2)}`
          : `/etc/${wanted}`
      const paths = isGlob(pattern)
        ? globImage(image, pattern).filter((one) => image.stat(one)?.type === 'file')
        : [pattern]
      for (const one of paths) parts.push(`\n${await flat(one, depth + 1)}\n`)
    }
    return parts.join('')
  }

  const text = await flat(path, 0)
  if (/\binclude\b/.test(text.replace(/"[^"\n]*"/g, '""'))) {
    throw new RulesetProblem(`${path} has an include we can't put in place`, false)
  }
  return { text, files }
}

function withoutComments(text: string): string {
  return text.replace(/"[^"\n]*"|#.*/g, (part) => (part.startsWith('#') ? '' : part))
}
