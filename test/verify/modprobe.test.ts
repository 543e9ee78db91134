import { describe, expect, test } from 'vitest'
import { readModprobe } from '../../lib/verify/readers/modprobe.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

describe("modprobe reads its packages' directories as its version does", () => {
  // kmod 28 of Debian 11, 30 of Debian 12 and 34 of Debian 13: the directories compiled into their libkmod
  test.each([
    ['28-1', false, ['/lib']],
    ['30+20221128-1', false, ['/usr/local/lib', '/lib']],
    ['34.2-2', false, ['/usr/local/lib', '/usr/lib', '/lib']],
    ['28-1', true, ['/usr/lib']],
    ['30+20221128-1', true, ['/usr/local/lib', '/usr/lib']],
    ['34.2-2', true, ['/usr/local/lib', '/usr/lib']],
    [undefined, false, ['/lib']]
  ])('kmod %s, merged /usr: %s', async (version, merged, read) => {
    const places = ['/usr/local/lib', '/usr/lib', ...(merged ? [] : ['/lib'])]
    const files = places.map((place, at) => [`${place}/modprobe.d/${at}.conf`, 'install x /bin/false\n'])
    const status = `Package: libkmod2\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`
    const image = treeImage(
      Object.fromEntries(files) as Record<string, string>,
      merged ? { '/lib': { link: 'usr/lib' } } : {},
      version === undefined ? {} : { '/var/lib/dpkg/status': status }
    )
    const settings = await readModprobe(await contextOf(image))
    expect(settings.map(({ path }) => path.replace(/\/modprobe\.d\/.*/, ''))).toEqual(read)
  })
})
