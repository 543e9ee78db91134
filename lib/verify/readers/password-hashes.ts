/** Prefixes of crypt(5) and the method's name. */
const methods: readonly (readonly [RegExp, string])[] = [
  [/^\$y\$/, 'yescrypt'],
  [/^\$gy\$/, 'gost-yescrypt'],
  [/^\$7\$/, 'scrypt'],
  [/^\$2[abxy]\$/, 'bcrypt'],
  [/^\$6\$/, 'sha512'],
  [/^\$5\$/, 'sha256'],
  [/^\$sha1\$/, 'sha1'],
  [/^\$md5/, 'sunmd5'],
  [/^\$1\$/, 'md5'],
  [/^\$3\$/, 'nt'],
  [/^_/, 'bsdicrypt']
]

const strengths: Readonly<Record<string, number>> = {
  'gost-yescrypt': 5,
  yescrypt: 5,
  scrypt: 4,
  bcrypt: 3,
  sha512: 3,
  sha256: 2
}

/** Method of a hash in shadow(5), by its prefix (crypt(5)); `des` without one. */
export function hashMethod(password: string): string {
  return methods.find(([prefix]) => prefix.test(password))?.[1] ?? 'des'
}

/** How strong a method is against guessing, 0 (des, md5) to 5 (yescrypt); an unknown one counts as none. */
export function strengthOf(method: string): number {
  return strengths[method] ?? 0
}
