const services = ['login', 'sshd', 'su', 'su-l', 'sudo', 'sudo-i', 'other']

/** Checks that a service goes through the lock-out; without a list those of every service and of common-auth. */
export function lockout(some?: readonly string[]): readonly string[] {
  const of = (some ?? services).map((service) => `login-lockout/${service}-auth-order`)
  return some ? of : ['login-lockout/auth-order', ...of]
}

/** Checks that a service asks for a password; without a list those of every service. */
export function passwordStacks(some?: readonly string[]): readonly string[] {
  return (some ?? services.filter((service) => service !== 'sshd')).map(
    (service) => `no-default-credentials/${service}-stack`
  )
}

/** Checks of the one-time code. */
export const secondFactor: readonly string[] = ['second-factor/ssh-stack', 'second-factor/login-stack']
