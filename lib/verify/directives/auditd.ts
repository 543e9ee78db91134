import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import { lastOf, parseKeyValue } from '../readers/key-value.ts'
import { readLines } from '../readers/lines.ts'
import { splitCommand } from '../readers/unit-commands.ts'
import { readUnits } from '../readers/units.ts'
import type { Reading } from './reading.ts'

const path = '/etc/audit/auditd.conf'

/** Keywords of auditd 3.0 to 4.0 (auditd.conf(5)); any other word ends auditd. */
const keywords = new Set(
  (
    'local_events log_file write_logs log_format log_group priority_boost flush freq num_logs dispatcher name_format ' +
    'name disp_qos max_log_file max_log_file_action verify_email action_mail_acct space_left space_left_action ' +
    'admin_space_left admin_space_left_action disk_full_action disk_error_action use_libwrap tcp_listen_port ' +
    'tcp_listen_queue tcp_max_per_addr tcp_client_ports tcp_client_max_idle transport enable_krb5 krb5_principal ' +
    'krb5_key_file distribute_network q_depth overflow_action max_restarts plugin_dir end_of_event_timeout report_interval'
  ).split(' ')
)

/**
 * auditd.conf(5): keys and words of either case, the last line of a key counts. A word auditd does not know ends
 * it, and it follows no link to the file unless its unit gives it `-l` (auditd(8)).
 */
export async function readAuditdKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const { image } = context
  const lines = await readLines(image, path)
  if (!lines) return { effective: [], absent: `${path} is not in the image, so auditd does not start` }
  const settings = parseKeyValue(lines, { ignoreCase: true })
  const strange = settings.find(({ key }) => !keywords.has(key))
  if (strange) {
    const absent = `line ${strange.line} of ${path} has the word ${strange.key}, at which auditd ends`
    return { effective: [], absent }
  }
  if (image.lstat(path)?.type === 'symlink' && !(await followsLinks(context))) {
    return { effective: [], absent: `${path} is a link, which auditd refuses without -l` }
  }
  return { effective: lastOf(settings, check.key.toLowerCase()), style: { ignoreCase: true } }
}

async function followsLinks(context: CheckContext): Promise<boolean> {
  const unit = await (await context.read(readUnits)).load('auditd.service')
  const start = unit?.values('Service', 'ExecStart').at(-1)
  // Without a unit nobody knows; the check of the unit says so.
  return start === undefined || splitCommand(start.value).includes('-l')
}
