/**
 * True when two ids name the same clause, whatever the component type:
 * `EDR 3.10` and `HDR 3.10` are two lines of the standard with one wording.
 */
export function sameClause(a: string, b: string): boolean {
  return clauseOf(a) === clauseOf(b)
}

function clauseOf(id: string): string {
  return id.replace(/^(?:CR|SAR|EDR|HDR|NDR) /, '')
}
