/** What the first line of a DEP-5 License field says. */
export type Synopsis = { kind: 'name'; name: string } | { kind: 'and' | 'or'; parts: readonly Synopsis[] }

const maxNames = 100

/**
 * Reads a licence specification of DEP-5 ("Syntax"): `and` binds stronger than `or`, and a comma before
 * either makes it the weakest: `GPL-1+ or Artistic, and BSD-3-clause` is `(GPL-1+ or Artistic) and BSD-3-clause`.
 * `A with X exception` stays one name. Undefined when the author's meaning is not certain:
 * `and/or`, a bare comma, commas before both operators, an operator at an end.
 */
export function parseSynopsis(text: string): Synopsis | undefined {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line === '' || line.length > 2000) return undefined
  const weak = splitAt(line, /, (and|or) /i)
  if (!weak) return undefined
  return combine(weak, (part) => {
    const strong = splitWords(part)
    return strong && strong.length <= maxNames ? strongest(strong) : undefined
  })
}

interface Split {
  operator: 'and' | 'or' | undefined
  parts: readonly string[]
}

function splitAt(text: string, pattern: RegExp): Split | undefined {
  const pieces = text.split(pattern)
  const operators = new Set(pieces.filter((_, index) => index % 2 === 1).map((one) => one.toLowerCase()))
  if (operators.size > 1) return undefined
  const [operator] = operators
  return {
    operator: operator === 'and' || operator === 'or' ? operator : undefined,
    parts: pieces.filter((_, index) => index % 2 === 0)
  }
}

function combine(split: Split, read: (part: string) => Synopsis | undefined): Synopsis | undefined {
  const parts: Synopsis[] = []
  for (const part of split.parts) {
    const node = read(part)
    if (!node) return undefined
    parts.push(node)
  }
  return split.operator === undefined ? parts[0] : { kind: split.operator, parts }
}

/** Names and operators in turn: `['A', 'or', 'B']`. */
function splitWords(text: string): string[] | undefined {
  const pieces = text.split(/ (and|or) /i)
  const names = pieces.filter((_, index) => index % 2 === 0)
  return names.every(isName) ? pieces : undefined
}

function isName(text: string): boolean {
  return text.trim() !== '' && !/[,;|&]|\band\/or\b|^(?:and|or)\b|\b(?:and|or)$/i.test(text.trim())
}

function strongest(pieces: readonly string[]): Synopsis {
  const alternatives: Synopsis[][] = [[]]
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 0) alternatives.at(-1)!.push({ kind: 'name', name: piece.trim() })
    else if (piece.toLowerCase() === 'or') alternatives.push([])
  }
  const parts = alternatives.map((names): Synopsis =>
    names.length === 1 ? names[0]! : { kind: 'and', parts: names }
  )
  return parts.length === 1 ? parts[0]! : { kind: 'or', parts }
}
