import type { Image } from '../../image/image.ts'

/**
 * The start link of a System V init script that systemd-sysv-generator turns into the service, when no unit
 * file of that name shadows it; undefined when there is none.
 */
export function initScriptOf(image: Image, unit: string): string | undefined {
  const match = /^([A-Za-z0-9_.-]+)\.service$/.exec(unit)
  const name = match?.[1]
  if (name === undefined || image.stat(`/etc/init.d/${name}`)?.type !== 'file') return undefined
  for (const level of ['2', '3', '4', '5', 'S']) {
    const directory = `/etc/rc${level}.d`
    const link = image.list(directory).find((one) => /^S\d\d/.test(one) && one.slice(3) === name)
    if (link !== undefined) return `${directory}/${link}`
  }
  return undefined
}
