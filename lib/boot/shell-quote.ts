/** One word for a POSIX shell (XCU 2.2.2), quoted only where it must be, so that people can read it. */
function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command line for a POSIX shell. The first word must not look like an assignment. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellQuote).join(' ')
}
