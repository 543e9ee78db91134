import type { Image } from '../../image/image.ts'

/** Programs by which whoever runs them runs anything, whatever their arguments: shells, interpreters, editors. */
const open = named([
  '(?:rb?|b|d)?a?sh|zsh|m?ksh(?:93)?|t?csh|fish|busybox|toybox',
  'perl[\\d.]*|python[\\d.]*|ruby[\\d.]*|lua(?:jit)?[\\d.]*|php[\\d.]*|tclsh[\\d.]*|node(?:js)?|expect',
  '[gm]?awk|original-awk|ed|gdb|vi|vim(?:\\.\\w+)?|view|r?nano|emacs\\S*|less|more|pager|editor|man|mc|visudo',
  'su|sudo|runuser|script|screen|tmux|login|sg|newgrp|vipw|vigr|ftp|capsh|setpriv'
])

/** Programs that start others or change files; they do so only where a rule leaves their arguments open. */
const openByArguments = named([
  'env|find|xargs|nice|ionice|nohup|timeout|setsid|setarch|stdbuf|time|watch|chroot|unshare|nsenter',
  'systemd-run|systemctl|strace|ltrace|ld(?:-linux\\S*)?\\.so\\S*|sed|git|make|tar|apt|apt-get|dpkg|mount',
  'cp|mv|dd|install|tee|ln|chmod|chown|setcap|setfacl|passwd|chpasswd|usermod|useradd|groupadd|groupmod|gpasswd',
  'adduser|addgroup|chage|curl|wget|openssl|modprobe|kmod|ip|nft|auditctl|sysctl|losetup|logrotate|ldconfig|rm',
  'crontab|socat|nc|ncat|sshd?|scp|sftp|rsync|docker|podman|runc|machinectl|busctl|insmod|bpftrace|debugfs|gcore',
  'start-stop-daemon|run-parts|pip[\\d.]*|gcc|zip|tcpdump|agetty',
  'update-alternatives|dpkg-reconfigure|split|sort|gzip|unzip|cpio|mkfs\\S*|mknod|dmsetup|aide|rsyslogd'
])

function named(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.join('|')})$`)
}

/**
 * Those of the granted commands (sudoers(5)) that leave open what is run, each with the reason. Names tell, so
 * a copy of a shell under another name is not seen; a link to one is.
 */
export function openCommands(commands: readonly string[], image: Image): readonly string[] {
  return commands.flatMap((command) => {
    const text = command.replace(/^(?:sha\d+:\S+\s*,?\s*)+/, '').trim()
    if (text === '' || text === 'ALL' || text.startsWith('!')) return []
    const [path = '', ...args] = text.split(/(?<!\\)\s+/)
    if (path === 'list') return []
    if (path === 'sudoedit') {
      return args.length === 0 || args.some((one) => /[*?[]/.test(one)) ? [`${text} (a pattern)`] : []
    }
    if (path.startsWith('^') || /[*?[]/.test(path)) return [`${path} (a pattern)`]
    if (path.endsWith('/')) return [`${path} (a whole directory)`]
    const names = [path, image.stat(path)?.path ?? path].map((one) => one.slice(one.lastIndexOf('/') + 1))
    // An editor asked for by an argument is one all the same.
    const edits = names.includes('systemctl') ? 'edit' : names.includes('crontab') ? '-e' : undefined
    if (edits !== undefined && args.includes(edits)) return [`${path} ${edits} (an editor)`]
    // What people own, or everybody may write, they replace.
    if (/^\/(?:home|tmp|var\/tmp|dev\/shm|media|mnt|run)\//.test(path)) return [`${path} (a place of people)`]
    const isOpen = args.length === 0 || args.some((one) => /[*?[]|^\^/.test(one))
    return names.some((name) => open.test(name) || (isOpen && openByArguments.test(name)))
      ? [`${path} (runs anything)`]
      : []
  })
}
