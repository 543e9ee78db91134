import { messageOf } from '../../base/errors.ts'
import type { CheckContext } from '../check-context.ts'
import type { Account } from './accounts.ts'

/** Passwords that images of this kind have been shipped with; the account's own name is tried as well. */
const wellKnown = [
  'root',
  'toor',
  'admin',
  'administrator',
  'password',
  'passwd',
  'debian',
  'isar',
  'user',
  'guest',
  'test',
  'demo',
  'operator',
  'changeme',
  'default',
  'secret',
  'linux',
  'raspberry',
  'CIPsecurity@123',
  'cip',
  '1234',
  '12345',
  '123456',
  '12345678',
  'siemens'
]

const maxAccounts = 40

/** Hashes with crypt(3) each candidate with the account's own salt; reads hash and password pairs from stdin. */
const program = `
while (my $hash = <STDIN>) {
  my $candidate = <STDIN>;
  chomp $hash; chomp $candidate;
  my $made = crypt($candidate, $hash);
  print !defined $made || $made =~ /^\\*/ ? "?" : $made eq $hash ? "1" : "0", "\\n";
}
`

/**
 * Which accounts have a well-known password, found by hashing the candidates with perl's crypt(3).
 * `problem` says why some account could not be tried.
 */
export async function findKnownPasswords(
  accounts: readonly Account[],
  { exec }: CheckContext
): Promise<{ known: ReadonlyMap<string, string>; problem?: string }> {
  const tried = accounts.slice(0, maxAccounts)
  const pairs = tried.flatMap(({ name, password }) =>
    [...new Set([...wellKnown, name])].map((candidate) => ({ name, password, candidate }))
  )
  // A newline can't be inside: both come from lines of a file.
  const input = pairs.map(({ password, candidate }) => `${password}\n${candidate}\n`).join('')
  let answers: readonly string[]
  try {
    const done = await exec.run('perl', ['-e', program], { input, timeout: 120_000 })
    if (done.exitCode !== 0) {
      return {
        known: new Map(),
        problem: `perl could not hash the passwords: ${done.timedOut ? 'it took too long' : done.stderr.trim()}`
      }
    }
    answers = done.stdout.toString().split('\n')
  } catch (error) {
    return { known: new Map(), problem: `Passwords can't be tried: ${messageOf(error)}` }
  }
  const known = new Map(
    pairs.flatMap(({ name, candidate }, at) => (answers[at] === '1' ? [[name, candidate] as const] : []))
  )
  const untried = tried.filter(({ name }) =>
    pairs.some((pair, at) => pair.name === name && answers[at] === '?')
  )
  const problems = [
    ...(untried.length > 0
      ? [`this machine's crypt(3) does not know the hash of ${untried.map(({ name }) => name).join(', ')}`]
      : []),
    ...(accounts.length > maxAccounts
      ? [`only ${maxAccounts} of ${accounts.length} accounts were tried`]
      : [])
  ]
  return problems.length > 0 ? { known, problem: problems.join('; ') } : { known }
}
