/** Capabilities by their bits, capabilities(7) and linux/capability.h. */
const names =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct ' +
  'sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap ' +
  'mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'

const bits: readonly string[] = names.split(' ').map((name) => `cap_${name}`)

/** Stands for capabilities whose value could not be read, only that there are some. */
export const someCapabilities = 'capabilities'

/**
 * The value of the extended attribute security.capability as getcap(8) would print it: `cap_net_raw=ep`;
 * `capabilities` for one that is none (linux/capability.h, struct vfs_ns_cap_data).
 */
export function formatCapabilities(value: Buffer): string {
  if (value.length < 12) return someCapabilities
  const isEffective = (value.readUInt32LE(0) & 1) !== 0
  const word = (index: number) => (value.length >= index * 4 + 4 ? value.readUInt32LE(index * 4) : 0)
  const flagsOf = (bit: number): string => {
    const at = 1 + 2 * (bit >> 5)
    const has = (set: number) => ((word(set) >>> (bit & 31)) & 1) !== 0
    const permitted = has(at)
    const inheritable = has(at + 1)
    return `${isEffective && (permitted || inheritable) ? 'e' : ''}${inheritable ? 'i' : ''}${permitted ? 'p' : ''}`
  }
  const groups = new Map<string, string[]>()
  for (let bit = 0; bit < 64; bit += 1) {
    const flags = flagsOf(bit)
    if (flags !== '') groups.set(flags, [...(groups.get(flags) ?? []), bits[bit] ?? String(bit)])
  }
  const text = [...groups].map(([flags, list]) => `${list.join(',')}=${flags}`).join(' ')
  return text === '' ? someCapabilities : text
}

/**
 * Capabilities in a tar member's PAX records: GNU tar and mmdebstrap write the value as it is, bsdtar in base64.
 * @param raw the bytes of a record; a value of which only the text is there was lost, that there is one was not
 */
export function paxCapabilities(
  pax: Readonly<Record<string, string>>,
  raw: (keyword: string) => Buffer | undefined
): string | undefined {
  const base64 = pax['LIBARCHIVE.xattr.security.capability']
  if (base64 !== undefined) return formatCapabilities(Buffer.from(base64, 'base64'))
  const keyword = 'SCHILY.xattr.security.capability'
  if (pax[keyword] === undefined) return undefined
  const value = raw(keyword)
  return value === undefined ? someCapabilities : formatCapabilities(value)
}

const clause = '[a-z0-9_,]*[=+][eip]*(?:[+][eip]+)*'
const row = new RegExp(`^(.*?) (?:= )?(${clause}(?: ${clause})*)$`, 's')

/**
 * What `getcap -r` printed, by paths below `root`. Undefined when a line is none: names are printed as they are,
 * and one with a line break must hide nothing.
 */
export function readGetcap(text: string, root: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, path = '', capabilities = ''] = row.exec(line) ?? []
    if (!path.startsWith(`${root}/`)) return undefined
    found.set(path.slice(root.length), capabilities)
  }
  return found
}
