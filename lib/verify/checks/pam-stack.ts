import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext, Outcome } from '../check-context.ts'
import { combined, failed, passed } from '../check-context.ts'
import { seen } from '../readers/lines.ts'
import type { PamModule } from '../readers/pam.ts'
import { readPam } from '../readers/pam.ts'
import { controlActions } from '../readers/pam-line.ts'
import type { PamAnswer } from '../readers/pam-line.ts'
import { runPamStack } from '../readers/pam-run.ts'
import { readSshd } from '../readers/sshd.ts'

/** Modules that check who somebody is, or restrict further; their success may end a stack. */
const authenticating =
  /^pam_(?:unix|sss|krb5|ldap|winbind|u2f|pkcs11|p11|oath|google_authenticator|rootok|fprintd|systemd_home|ssh_agent_auth|tally2?|faillock|deny|yubico|radius)\.so$/

/** The modules of a service's stack: their order, whether they are reached, their controls and arguments. */
export async function checkPamStack(check: CheckOf<'pam-stack'>, context: CheckContext): Promise<Outcome> {
  const stack = (await context.read(readPam)).stack(check.service, check.facility)
  const name = `pam.d/${check.service} ${check.facility}`
  if (!stack) return failed(`There is no pam.d/${check.service} in the image`)
  const unused = check.service === 'sshd' ? await withoutPam(context) : undefined
  if (unused) return unused
  const parts = [
    ...(check.order ? [orderOf(name, stack, check.order), ...reachOf(name, stack, check)] : []),
    ...(check.forbid ?? []).map(({ module, argument }) => forbidden(name, stack, module, argument)),
    ...(check.enforcing ?? []).map((module) => enforced(name, stack, module))
  ]
  return combined(parts, `${name}: ${check.order?.join(' before ') ?? 'modules and arguments'} as wanted`)
}

/** sshd asks PAM only with UsePAM; OpenSSH's own default is no. */
async function withoutPam(context: CheckContext): Promise<Outcome | undefined> {
  const sshd = await context.read(readSshd)
  const other = [...sshd.global('pamservicename'), ...sshd.conditional('pamservicename')].find(
    ({ value }) => value !== 'sshd'
  )
  if (other) return failed(`sshd asks the stack of ${other.value} (PAMServiceName)`, [seen(other)])
  const settings = sshd.global('usepam')
  return settings[0]?.value.toLowerCase() === 'yes'
    ? undefined
    : failed('sshd does not ask PAM (UsePAM), so its stack is not run', settings.map(seen))
}

/** Ways of pam_unix to hash; the last one named is taken. */
const hashes = ['yescrypt', 'gost_yescrypt', 'blowfish', 'sha512', 'sha256', 'md5', 'bigcrypt']

function hasArgument({ arguments: given }: PamModule, word: string): boolean {
  return hashes.includes(word) ? given.findLast((one) => hashes.includes(one)) === word : given.includes(word)
}

function matching(stack: readonly PamModule[], wanted: string): readonly number[] {
  const [module = '', ...words] = wanted.split(/\s+/)
  return stack.flatMap((one, index) =>
    one.module === module && !one.missing && words.every((word) => hasArgument(one, word)) ? [index] : []
  )
}

/** Every line that matches an element stands before every line that matches the next one. */
function orderOf(name: string, stack: readonly PamModule[], order: readonly string[]): Outcome {
  let previous = { wanted: '', last: -1 }
  const evidence = []
  for (const wanted of order) {
    const places = matching(stack, wanted)
    const first = places[0]
    if (first === undefined) return failed(`${name}: ${wanted} is missing`, stack.slice(0, 12).map(seen))
    if (first <= previous.last) {
      const both = [stack[first]!, stack[previous.last]!]
      return failed(
        `${name}: ${wanted} stands before ${previous.wanted}; it must come after it`,
        both.map(seen)
      )
    }
    evidence.push(...places.map((place) => seen(stack[place]!)))
    previous = { wanted, last: places.at(-1)! }
  }
  return passed(`${name}: order is right`, evidence)
}

/**
 * Runs the stack for a good and a bad password. The listed modules must be called; pam_faillock authfail
 * only after a bad one; a bad one must not get in; nothing that proves nobody's identity may end the stack.
 */
function reachOf(
  name: string,
  stack: readonly PamModule[],
  { service, facility, order = [] }: CheckOf<'pam-stack'>
): readonly Outcome[] {
  if (order.some((wanted) => matching(stack, wanted).length === 0)) return [] // said already
  const good = runPamStack(stack, (module) => answerOf(module, 'success', service))
  const outcomes: Outcome[] = []
  const unreached = (wanted: string, calledIn: readonly PamModule[]): boolean =>
    !matching(stack, wanted).some((place) => calledIn.includes(stack[place]!))
  const isAuthfail = (wanted: string): boolean => /^pam_faillock\.so\b.*\bauthfail\b/.test(wanted)
  for (const wanted of order) {
    if (!isAuthfail(wanted) && unreached(wanted, good.called)) {
      outcomes.push(
        failed(
          `${name}: ${wanted} is never reached, an earlier line ends or jumps over it`,
          stack.slice(0, 12).map(seen)
        )
      )
    }
  }
  if (facility !== 'auth' || !stack.some(({ module }) => module === 'pam_unix.so')) return outcomes

  const bad = runPamStack(stack, (module) => answerOf(module, 'auth_err', service))
  const others = runPamStack(stack, (module) => {
    const answer = answerOf(module, 'success', service)
    return answer === 'ignore' ? 'success' : answer
  })
  if (!good.success && !others.success) {
    outcomes.push(failed(`${name}: a right password is refused`, good.called.map(seen)))
  }
  if (bad.success) {
    outcomes.push(failed(`${name}: a wrong password still succeeds`, bad.called.map(seen)))
  }
  for (const wanted of order.filter(isAuthfail)) {
    const places = matching(stack, wanted).map((place) => stack[place]!)
    if (places.some((place) => good.called.includes(place))) {
      outcomes.push(
        failed(
          `${name}: ${wanted} counts good logins too, the success of pam_unix must jump over it`,
          places.map(seen)
        )
      )
    } else if (!places.some((place) => bad.called.includes(place))) {
      outcomes.push(failed(`${name}: ${wanted} is not reached after a wrong password`, places.map(seen)))
    }
  }
  for (const module of stack.filter((one) => one.module !== '' && !authenticating.test(one.module))) {
    const open = runPamStack(stack, (one) =>
      one === module ? 'success' : answerOf(one, 'auth_err', service)
    )
    if (open.success) {
      outcomes.push(failed(`${name}: ${module.module} lets somebody in without a password`, [seen(module)]))
    }
  }
  return outcomes
}

/** Answers with a password that pam_unix finds right or wrong; modules that do something else stay neutral. */
function answerOf(module: PamModule, unix: PamAnswer, service: string): PamAnswer {
  if (module.missing) return 'auth_err'
  switch (module.module) {
    case 'pam_unix.so':
      return unix
    case 'pam_permit.so':
      return 'success'
    case 'pam_deny.so':
      return 'auth_err'
    case 'pam_faillock.so':
      return module.arguments.includes('authfail') ? 'auth_err' : 'success'
    case 'pam_succeed_if.so':
      return asksService(module, service)
    default:
      return 'ignore'
  }
}

/** pam_succeed_if(8) where all it asks for is the service, which we know; else neutral. */
function asksService({ arguments: given }: PamModule, service: string): PamAnswer {
  const words = given.filter((one) => !/^(?:debug|use_uid|quiet\w*|audit)$/.test(one))
  const [field, operator, value = '', ...more] = words
  if (field !== 'service' || more.length > 0) return 'ignore'
  const known: Readonly<Record<string, boolean>> = {
    in: value.split(':').includes(service),
    notin: !value.split(':').includes(service),
    '=': value === service,
    '!=': value !== service
  }
  const answer = known[operator ?? '']
  return answer === undefined ? 'ignore' : answer ? 'success' : 'auth_err'
}

/** Debian's older spelling of nullok does the same since PAM 1.4. */
function spellings(argument: string): readonly string[] {
  return argument === 'nullok' ? ['nullok', 'nullok_secure'] : [argument]
}

function forbidden(name: string, stack: readonly PamModule[], module: string, argument: string): Outcome {
  const bad = stack.filter(
    (one) => one.module === module && spellings(argument).some((word) => one.arguments.includes(word))
  )
  return bad.length > 0
    ? failed(`${name}: ${module} has the argument ${argument}`, bad.map(seen))
    : passed(`${name}: ${module} has no ${argument}`)
}

/** A failure of the module ends in refusal whatever its reason: every action but those of success is bad or die. */
function enforced(name: string, stack: readonly PamModule[], wanted: string): Outcome {
  const lines = matching(stack, wanted).map((place) => stack[place]!)
  if (lines.length === 0) return failed(`${name}: ${wanted} is missing`)
  const weak = lines.filter(({ control }) => {
    const actions = Object.entries(controlActions(control) ?? {})
    const failing = actions.filter(([answer]) => !['success', 'new_authtok_reqd', 'ignore'].includes(answer))
    return (
      !failing.some(([answer]) => answer === 'default') ||
      failing.some(([, action]) => action !== 'bad' && action !== 'die')
    )
  })
  return weak.length > 0
    ? failed(`${name}: ${wanted} is not enforcing, its failure has no effect`, weak.map(seen))
    : passed(`${name}: ${wanted} is enforcing`, lines.map(seen))
}
