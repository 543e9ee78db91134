/** One licence, perhaps with an exception of SPDX's list. */
export interface LicenseLeaf {
  kind: 'license'
  /** SPDX id or `LicenseRef-…`, perhaps with a plus. */
  id: string
  /** SPDX exception id. */
  exception?: string
}

/** A licence expression as a tree. */
export type LicenseNode = LicenseLeaf | { kind: 'and' | 'or'; parts: readonly LicenseNode[] }

/** One licence as a node. */
export function license(id: string, exception?: string): LicenseLeaf {
  return exception === undefined ? { kind: 'license', id } : { kind: 'license', id, exception }
}

/**
 * Joins expressions; nested ones of the same operator are flattened, equal ones stand once, where they
 * stood first. Nothing else is simplified: `A AND (A OR B)` stays as the author wrote it.
 * `parts` must not be empty.
 */
export function join(kind: 'and' | 'or', parts: readonly LicenseNode[]): LicenseNode {
  const kept = new Map<string, LicenseNode>()
  for (const part of parts) {
    const pieces = part.kind === kind ? part.parts : [part]
    for (const piece of pieces) {
      const text = formatExpression(piece)
      if (!kept.has(text)) kept.set(text, piece)
    }
  }
  const all = [...kept.values()]
  return all.length === 1 ? all[0]! : { kind, parts: all }
}

/** The expression as SPDX writes it (SPDX 2.3, annex D); inner operators always stand in parentheses. */
export function formatExpression(node: LicenseNode): string {
  if (node.kind === 'license') {
    return node.exception === undefined ? node.id : `${node.id} WITH ${node.exception}`
  }
  const word = node.kind === 'and' ? ' AND ' : ' OR '
  return node.parts
    .map((part) => (part.kind === 'license' ? formatExpression(part) : `(${formatExpression(part)})`))
    .join(word)
}

const maxDepth = 200

/**
 * Reads an SPDX expression (SPDX 2.3, annex D: WITH binds strongest, then AND, then OR).
 * Only the form is judged here, not whether an id is on SPDX's list; undefined when the form is wrong.
 */
export function parseExpression(text: string): LicenseNode | undefined {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const take = (word: string): boolean => tokens[at] === word && ++at > 0

  const list = (
    kind: 'and' | 'or',
    word: string,
    next: (depth: number) => LicenseNode | undefined,
    depth: number
  ): LicenseNode | undefined => {
    const parts: LicenseNode[] = []
    do {
      const part = next(depth)
      if (!part) return undefined
      parts.push(part)
    } while (take(word))
    return join(kind, parts)
  }
  const leaf = (depth: number): LicenseNode | undefined => {
    if (take('(')) {
      const inner = depth < maxDepth ? alternatives(depth + 1) : undefined
      return inner && take(')') ? inner : undefined
    }
    const id = tokens[at++]
    if (id === undefined || !isLicenseWord(id)) return undefined
    if (!take('WITH')) return license(id)
    const exception = tokens[at++]
    return exception !== undefined && isWord(exception) ? license(id, exception) : undefined
  }
  const conjunction = (depth: number): LicenseNode | undefined => list('and', 'AND', leaf, depth)
  const alternatives = (depth: number): LicenseNode | undefined => list('or', 'OR', conjunction, depth)

  const node = alternatives(0)
  return at === tokens.length ? node : undefined
}

/** Every licence an expression names. */
export function leavesOf(node: LicenseNode): readonly LicenseLeaf[] {
  return node.kind === 'license' ? [node] : node.parts.flatMap(leavesOf)
}

function isWord(text: string): boolean {
  return /^[A-Za-z0-9.-]+$/.test(text) && !/^(?:AND|OR|WITH)$/i.test(text)
}

function isLicenseWord(text: string): boolean {
  const [document = '', reference, ...more] = text.split(':')
  if (reference !== undefined) {
    return more.length === 0 && document.startsWith('DocumentRef-') && reference.startsWith('LicenseRef-')
      ? isWord(document) && isWord(reference)
      : false
  }
  return isWord(text.endsWith('+') && !text.startsWith('LicenseRef-') ? text.slice(0, -1) : text)
}
