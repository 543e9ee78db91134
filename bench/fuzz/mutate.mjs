// Seeded mutations of a buffer.
import { Buffer } from 'node:buffer'

/** mulberry32: small, fast, the same everywhere. */
export function random(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return { next, below: (limit) => Math.floor(next() * limit) }
}

const odd = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000]
const texts = [
  '\0',
  '\n',
  '\n\n',
  '/',
  '../',
  '../../etc/passwd',
  '7777777777',
  '-1',
  '9'.repeat(25),
  ' -> ',
  'é',
  '\xff\xfe',
  ':',
  '(',
  '|',
  '"',
  '\\',
  'A'.repeat(5000)
]

function piece(rng, data) {
  const start = rng.below(data.length + 1)
  const length = Math.min(data.length - start, 1 + rng.below(rng.below(4) === 0 ? 4096 : 64))
  return [start, start + length]
}

const mutations = [
  (rng, data) => {
    for (let count = 1 + rng.below(8); count > 0 && data.length > 0; count -= 1)
      data[rng.below(data.length)] ^= 1 << rng.below(8)
    return data
  },
  (rng, data) => {
    if (data.length < 8) return data
    const at = rng.below(data.length - 7)
    const value = odd[rng.below(odd.length)]
    if (rng.below(2)) data.writeUInt32LE(value, at)
    else data.writeUInt32BE(value, at)
    if (rng.below(2)) data.writeUInt32LE(odd[rng.below(odd.length)], at + 4)
    return data
  },
  (rng, data) => data.subarray(0, rng.below(data.length + 1)),
  (rng, data) => {
    const [start, end] = piece(rng, data)
    return Buffer.concat([data.subarray(0, start), data.subarray(end)])
  },
  (rng, data) => {
    const [start, end] = piece(rng, data)
    const at = rng.below(data.length + 1)
    return Buffer.concat([data.subarray(0, at), data.subarray(start, end), data.subarray(at)])
  },
  (rng, data) => {
    const [start, end] = piece(rng, data)
    data.copyWithin(rng.below(data.length + 1), start, end)
    return data
  },
  (rng, data) => {
    const at = rng.below(data.length + 1)
    const text = Buffer.from(texts[rng.below(texts.length)], 'latin1')
    return Buffer.concat([
      data.subarray(0, at),
      text,
      data.subarray(rng.below(2) ? at : Math.min(data.length, at + text.length))
    ])
  },
  (rng, data) => {
    const [start, end] = piece(rng, data)
    return data.fill([0, 0x30, 0x37, 0x20, 0xff][rng.below(5)], start, end)
  }
]

/** A changed copy: one to three mutations. */
export function mutate(rng, original) {
  let data = Buffer.from(original)
  for (let count = 1 + rng.below(3); count > 0; count -= 1)
    data = mutations[rng.below(mutations.length)](rng, data)
  return data
}

/** As `mutate`, but only near the places where structure stands: the first bytes and some blocks. */
export function mutateBlocks(rng, original, hot) {
  const data = Buffer.from(original)
  for (let count = 1 + rng.below(4); count > 0; count -= 1) {
    const [from, to] = hot[rng.below(hot.length)]
    const at = from + rng.below(Math.max(1, Math.min(to, data.length - 8) - from))
    if (rng.below(2)) data[at] ^= 1 << rng.below(8)
    else data.writeUInt32LE(odd[rng.below(odd.length)], at)
  }
  return rng.below(20) === 0 ? data.subarray(0, rng.below(data.length)) : data
}

const values = [
  null,
  true,
  -1,
  1e99,
  '',
  [],
  {},
  [[]],
  '\0',
  'pkg:deb/debian/a@1?arch=amd64',
  '../../etc/passwd',
  '9'.repeat(400)
]

/** A value of JSON with one to four changes: others' values, keys and lists, taken away or doubled. */
export function mutateJson(rng, value) {
  const copy = JSON.parse(JSON.stringify(value))
  for (let count = 1 + rng.below(4); count > 0; count -= 1) {
    let place = copy
    for (let depth = rng.below(7); depth > 0; depth -= 1) {
      const inner = Object.values(place).filter((one) => typeof one === 'object' && one !== null)
      if (inner.length > 0) place = inner[rng.below(inner.length)]
    }
    const keys = Object.keys(place)
    const key = keys[rng.below(Math.max(1, keys.length))] ?? 'key'
    const change = rng.below(4)
    if (change === 0) place[key] = JSON.parse(JSON.stringify(values[rng.below(values.length)]))
    else if (change === 1) delete place[key]
    else if (change === 2 && Array.isArray(place)) place.push(place[rng.below(Math.max(1, place.length))])
    else place[key] = place[keys[rng.below(Math.max(1, keys.length))]]
  }
  return copy
}
