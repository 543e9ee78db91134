import type { Evidence } from '../../controls/result.ts'
import type { CheckContext } from '../check-context.ts'

/** Where secrets of a device lie; every small file there is read. */
const places =
  /^\/(?:etc|root|home|opt|srv|usr\/local|usr\/share\/(?:keyrings|ca-certificates|swupdate)|var\/(?!lib\/(?:dpkg|apt)\/|cache\/|log\/))/

/** Names that keys have wherever they lie. */
const names =
  /(?:\.(?:key|pem|p8|ppk)|(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|ssh_host_\w+_key|[^/]*private[^/]*))$/i

const header = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|^PuTTY-User-Key-File-\d/m

const maxSize = 64 * 1024
const maxFiles = 20_000
/** Files read at once: at most 64 MiB. */
const batch = 1000

/**
 * Files with a private key in PEM, OpenSSH or PuTTY form, found by their header.
 * @throws RangeError when there are more candidates than we are ready to read.
 */
export async function findPrivateKeys({ image }: CheckContext): Promise<readonly Evidence[]> {
  const candidates = [...image.entries.values()].filter(
    ({ path, type, size }) =>
      type === 'file' && size > 100 && size <= maxSize && (places.test(path) || names.test(path))
  )
  if (candidates.length > maxFiles) throw new RangeError(`More than ${maxFiles} files could be keys`)
  const found: Evidence[] = []
  for (let at = 0; at < candidates.length; at += batch) {
    // Asked for together, an archive gives them in one pass.
    const some = await Promise.all(
      candidates
        .slice(at, at + batch)
        .map(async ({ path }) => ({ path, data: await image.read(path, maxSize) }))
    )
    for (const { path, data } of some) {
      const match = header.exec(data?.toString('latin1') ?? '')
      // An encrypted key is one all the same; the header alone is shown, never the key.
      if (match) found.push({ path, value: match[0] })
    }
  }
  return found
}
