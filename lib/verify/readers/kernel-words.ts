/**
 * The arguments of a kernel command line, as the kernel takes it apart: blanks inside double quotes part nothing, a
 * quote in front of an argument or its value and the one at its end are left out (`next_arg` of lib/cmdline.c).
 */
export function kernelWords(cmdline: string): readonly string[] {
  const words: string[] = []
  for (const [word] of cmdline.matchAll(/(?:[^\s"]|"[^"]*(?:"|$))+/g)) {
    const bare = word.startsWith('"') ? word.slice(1).replace(/"$/, '') : word
    words.push(bare.replace(/^([^=]*=)"(.*?)"?$/s, '$1$2'))
  }
  return words
}
