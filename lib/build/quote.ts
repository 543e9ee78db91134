/** Quotes a text as one word for a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * Quotes a path as one argument of mmdebstrap's special hooks (`copy-in`, `sync-out`), which split their words with
 * Perl's Text::ParseWords: a backslash quotes the next character inside double quotes.
 */
export function hookWord(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
