import { runOk, type Exec } from '../base/exec.ts'

/** How to reach a mirror and when its index counts as old; nothing that would lower what apt verifies. */
const transport =
  /^Acquire::(?:https?(?:::| )|Check-(?:Valid-Until|Date) |M(?:ax|in)-ValidTime|ForceIPv[46] )/i

/**
 * The machine's own settings for reaching mirrors (proxies, certificates), as lines of apt.conf(5). apt reads the
 * file in APT_CONFIG before the machine's own files, so an isolated apt shuts those out and takes these instead.
 */
export async function transportSettings(exec: Exec): Promise<string> {
  const dump = await runOk(exec, 'environment', 'apt-config', ['dump'])
  return dump.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => transport.test(line))
    .map((line) => line + '\n')
    .join('')
}
