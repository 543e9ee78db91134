/** Key types sshd of Debian bookworm and newer takes by default, without DSA and its like. */
export const sshKeyTypes = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com'
] as const

/** Bits an RSA modulus must have at least: OpenSSH's RequiredRSASize is 1024, NIST and BSI say 2048 or more. */
const minimumRsaBits = 2048

/**
 * What is wrong with one line `type base64 [comment]` of an authorized_keys file; undefined when it is good.
 * The base64 part must decode to a key of the type written before it (RFC 4253 section 6.6, RFC 8709).
 */
export function sshKeyProblem(line: string): string | undefined {
  if (line.includes('PRIVATE KEY')) return 'is a private key; give the public one (the .pub file)'
  const [type = '', data = '', ...comment] = line.trim().split(/\s+/)
  if (!(sshKeyTypes as readonly string[]).includes(type)) {
    return /^(?:ssh-|ecdsa-|sk-)/.test(type)
      ? `has the type '${type}', which sshd does not take; use ssh-ed25519`
      : `does not start with a key type such as ssh-ed25519 (options before it are not supported)`
  }
  // The comment goes into a BitBake value and a `|` list.
  if (/["|\\`]|\$\{|[^\u0020-\u007e]/.test(comment.join(' '))) {
    return 'has a comment with characters other than plain letters, digits and signs'
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data) || data.length % 4 !== 0)
    return 'is cut off: its base64 part is not whole'
  const fields = fieldsOf(Buffer.from(data, 'base64'))
  if (!fields) return 'is cut off: its base64 part does not hold a whole key'
  if (fields[0]?.toString('latin1') !== type) return `says '${type}', but holds a key of another type`
  return shapeProblem(type, fields.slice(1))
}

/** SSH strings: a length in 4 bytes, then that many bytes; undefined when it does not come out even. */
function fieldsOf(data: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  let offset = 0
  while (offset < data.length) {
    if (offset + 4 > data.length) return undefined
    const length = data.readUInt32BE(offset)
    if (offset + 4 + length > data.length) return undefined
    fields.push(data.subarray(offset + 4, offset + 4 + length))
    offset += 4 + length
  }
  return fields
}

function shapeProblem(type: string, fields: readonly Buffer[]): string | undefined {
  const wrong = `does not hold a key of type '${type}'`
  if (type === 'ssh-rsa') {
    const modulus = fields[1]
    if (fields.length !== 2 || !modulus) return wrong
    const bits = bitLength(modulus)
    return bits < minimumRsaBits
      ? `is an RSA key of ${bits} bits; at least ${minimumRsaBits} are needed`
      : undefined
  }
  if (type.includes('ed25519')) {
    const expected = type.startsWith('sk-') ? 2 : 1
    return fields.length === expected && fields[0]?.length === 32 ? undefined : wrong
  }
  const curve = /nistp(256|384|521)/.exec(type)?.[1] ?? ''
  const pointLength = 1 + 2 * Math.ceil(Number(curve) / 8)
  const expected = type.startsWith('sk-') ? 3 : 2
  const fits =
    fields.length === expected &&
    fields[0]?.toString('latin1') === `nistp${curve}` &&
    fields[1]?.length === pointLength &&
    fields[1][0] === 4
  return fits ? undefined : wrong
}

function bitLength(number: Buffer): number {
  const first = number.findIndex((byte) => byte !== 0)
  return first === -1 ? 0 : (number.length - first - 1) * 8 + (32 - Math.clz32(number[first] ?? 0))
}
