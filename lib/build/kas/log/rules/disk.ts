import type { Rule } from './rule.ts'

/** The kernel says ENOSPC as well where a limit of inotify or of namespaces is reached. */
const noLimit = /(?!.*(?:inotify|file watch|namespace|unshare))/.source
const noSpace = /(?:No space left on device|Disk quota exceeded|\bENOSPC\b|\bEDQUOT\b|not enough space on disk)/.source

/** No room: ENOSPC and EDQUOT in the words of the programs of a build, bitbake's own watch (BB_DISKMON_DIRS). */
export const diskRule: Rule = {
  code: 'DISK_FULL',
  kind: 'environment',
  where: ['engine', 'kas', 'task'],
  rank: 1,
  patterns: [
    new RegExp(`^(?=.*${noSpace})${noLimit}(?:.*?(?:'(?<quoted>/[^']+)'|(?<path>/[^\\s:']+)).*?)?${noSpace}`, 'i'),
    /^E: You don't have enough free space in (?<path>\S+?)\.?$/,
    /^E: Write error - write \(28/,
    /sqlite3\.OperationalError: (?:database or disk is full|disk I\/O error)/,
    /^ERROR: (?:No new tasks can be executed|Immediately (?:abort|halt)) since the disk space monitor action/,
    /^(?:ERROR|WARNING): The free (?:space|inode) of (?<path>\S+) \([^)]*\) is running low/
  ],
  explain: (_first, all, failed) => {
    const groups = all.find(({ groups }) => (groups['path'] ?? groups['quoted']) !== undefined)?.groups
    const path = groups?.['path'] ?? groups?.['quoted']
    return {
      message: `no room left on the disk${path === undefined ? '' : ` that holds ${failed.hostPath(path)}`}`,
      hint:
        'df -h shows which disk it is; an image needs about 5 GB, tmp/ of old builds can go (kas clean), ' +
        'DL_DIR and SSTATE_DIR can lie elsewhere'
    }
  }
}
