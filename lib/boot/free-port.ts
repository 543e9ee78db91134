import { createServer } from 'node:net'
import { HardenError } from '../base/errors.ts'

/** A TCP port on 127.0.0.1 that was free a moment ago: the kernel chose it. Somebody else may still be faster. */
export async function freePort(): Promise<number> {
  const server = createServer()
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('the server has no TCP address'))
      })
    })
  } catch (cause) {
    throw new HardenError('runtime-test', 'QEMU_FAILED', 'No free TCP port on 127.0.0.1 for the guest.', {
      cause
    })
  } finally {
    server.close()
  }
}
