/** One login on the guest. */
export interface SshLogin {
  port: number
  user: string
  /** Private key file, without passphrase. */
  keyPath: string
  /** Our own file; it lives as long as the guest. */
  knownHosts: string
  /** Seconds for connecting and key exchange together (ssh_config(5)). */
  connectTimeout: number
}

/** A file name as a value of ssh_config(5): quoted, and without `%` tokens. */
function fileValue(path: string): string {
  return `"${path.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`
}

/**
 * Arguments of OpenSSH's client for one command on the guest. Nothing of the
 * user's or the machine's ssh configuration, keys, agent or known hosts is
 * read or written. The guest's shell interprets `command`.
 */
export function sshArguments(login: SshLogin, command: string): string[] {
  const options: Readonly<Record<string, string>> = {
    BatchMode: 'yes',
    IdentityFile: fileValue(login.keyPath),
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    // The first key this boot shows is accepted, a change of it is not.
    StrictHostKeyChecking: 'accept-new',
    UserKnownHostsFile: fileValue(login.knownHosts),
    GlobalKnownHostsFile: '/dev/null',
    UpdateHostKeys: 'no',
    ConnectTimeout: String(login.connectTimeout),
    LogLevel: 'ERROR'
  }
  return [
    ...['-F', '/dev/null', '-T', '-p', String(login.port), '-l', login.user],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['127.0.0.1', '--', command]
  ]
}
