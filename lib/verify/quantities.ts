/** Seconds of a time in sshd_config(5): `90`, `15m`, `1h30m`; undefined when it is none. */
export function sshdSeconds(text: string): number | undefined {
  if (text === '' || text.replace(/\d+[smhdw]?/gi, '') !== '') return undefined
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }
  return [...text.matchAll(/(\d+)([a-z]?)/gi)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[(unit ?? '').toLowerCase()] ?? 1),
    0
  )
}

const spans: Readonly<Record<string, number>> = {
  us: 1e-6,
  usec: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  msec: 1e-3,
  '': 1,
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  hours: 3600,
  d: 86400,
  day: 86400,
  days: 86400,
  w: 604800,
  week: 604800,
  weeks: 604800,
  M: 2629800,
  month: 2629800,
  months: 2629800,
  y: 31557600,
  year: 31557600,
  years: 31557600
}

/** Seconds of a time span in systemd.time(7): `15min`, `1h 30s`, `900`; `infinity` is none. */
export function systemdSeconds(text: string): number | undefined {
  if (text.trim() === '' || text.replace(/\d+(?:\.\d+)?\s*[a-zA-Zµ]*/g, '').trim() !== '') return undefined
  let sum = 0
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-zA-Zµ]*)/g)) {
    const factor = spans[unit ?? '']
    if (factor === undefined) return undefined
    sum += Number(number) * factor
  }
  return sum
}

/** Bytes of a size in systemd's files: `200M` (base 1024); undefined when it is none. */
export function systemdBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGTPE]?)B?$/.exec(text.trim())
  if (!match) return undefined
  return Number(match[1]) * 1024 ** (match[2] ? 'KMGTPE'.indexOf(match[2]) + 1 : 0)
}
