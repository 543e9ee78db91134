import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { plainText } from '../../lib/base/text.ts'
import { listenForConsole, serialConsole, type SerialConsole } from '../../lib/boot/serial-console.ts'

describe('a console on a unix socket', () => {
  let directory: string
  let guest: Socket
  let console: SerialConsole

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'console-'))
    const listener = await listenForConsole(join(directory, 'tty'))
    guest = connect(join(directory, 'tty'))
    console = serialConsole(await listener.connected, 1000)
    listener.close()
  })
  afterEach(async () => {
    console.close()
    guest.destroy()
    await rm(directory, { recursive: true })
  })

  const guestWrites = (text: string) =>
    new Promise<void>((done) =>
      guest.write(text, () => {
        done()
      })
    )

  test('reads everything though nobody waits, so that the guest never stalls', async () => {
    const line = 'x'.repeat(1023) + '\n'
    for (let count = 0; count < 4096; count++) await guestWrites(line) // more than any socket buffer
    await guestWrites('the end')
    expect((await console.waitFor(/the end$/, 10_000)).outcome).toBe('match')
    expect(console.position).toBe(4096 * 1024 + 'the end'.length)
    expect(console.text()).toHaveLength(1000)
  })

  test('finds what came before the question and what comes in pieces', async () => {
    await guestWrites('Debian GNU/Linux 12 gw ttyS0\r\n\r\ngw lo')
    await console.waitFor(/gw lo$/, 10_000)
    const login = console.waitFor(/(\S+) login: /, 10_000)
    await guestWrites('gin: ')
    expect(await login).toMatchObject({ outcome: 'match', match: { 1: 'gw' } })
    expect((await console.waitFor(/ttyS0\n\ngw/, 0)).outcome).toBe('match')
  })

  test('goes on behind the last match', async () => {
    await guestWrites('$ one\r\n$ ')
    const first = await console.waitFor(/\$ /, 10_000)
    if (first.outcome !== 'match') throw new Error(first.outcome)
    const second = await console.waitFor(/\$ /, 10_000, first.end)
    if (second.outcome !== 'match') throw new Error(second.outcome)
    expect(second.end).toBe('$ one\n$ '.length)
    expect((await console.waitFor(/\$ /, 1, second.end)).outcome).toBe('timeout')
  })

  test('types', async () => {
    const typed = new Promise<string>((done) =>
      guest.once('data', (data) => {
        done(data.toString())
      })
    )
    console.send('op\r')
    expect(await typed).toBe('op\r')
  })

  test('tells every waiter when the machine is gone, and typing then does no harm', async () => {
    const waiting = console.waitFor(/never/, 10_000)
    guest.end('last words')
    expect((await waiting).outcome).toBe('closed')
    expect(console.lastLines(1)).toEqual(['last words'])
    expect((await console.waitFor(/last words/, 0)).outcome).toBe('match')
    console.send('anybody there?')
  })

  test('the socket file is gone once the machine is connected', () => {
    expect(existsSync(join(directory, 'tty'))).toBe(false)
  })
})

test('the text does not depend on where the line is cut', async () => {
  const piece = fc.constantFrom(
    'a',
    'é',
    '€',
    '😀',
    ' ',
    '\r\n',
    '\r\r\n',
    '\n',
    '\u001b[0m',
    '\u001b[1;31m',
    '\u001bM',
    '\u001b]0;title\u0007',
    '\u0001'
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      async (pieces, sizes) => {
        const whole = pieces.join('')
        const bytes = Buffer.from(whole)
        const line = new PassThrough()
        const console = serialConsole(line)
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!
          line.write(bytes.subarray(at, at + size))
          at += size
        }
        line.end()
        await console.waitFor(/(?!)/, 10_000)
        expect(console.text()).toBe(plainText(whole).replace(/\r+\n/g, '\n'))
      }
    ),
    { numRuns: 300 }
  )
})

test('only the last lines with text are shown', () => {
  const line = new Duplex({
    read() {
      /* pushed below */
    },
    write: (_chunk, _encoding, done) => {
      done()
    }
  })
  const console = serialConsole(line)
  line.emit('data', Buffer.from('one\r\n\r\ntwo\r\n  \r\nthree\r\n'))
  expect(console.lastLines(2)).toEqual(['two', 'three'])
})
