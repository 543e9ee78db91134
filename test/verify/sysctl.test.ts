import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergedDropIns } from '../../lib/verify/readers/glob.ts'
import { readSysctl, sysctlPath } from '../../lib/verify/readers/sysctl.ts'
import { readSystemdConf } from '../../lib/verify/readers/systemd-conf.ts'
import { inDirectory, output } from './oracle.ts'
import { contextOf } from './run-tree.ts'
import { treeImage } from './tree-image.ts'

const directories = ['/etc', '/run', '/usr/local/lib', '/usr/lib']
const names = ['10-a.conf', '60-b.conf', '60-B.conf', '99-z.conf', '5-c.conf', 'note.txt', 'x.conf.bak']

const mask = { link: '/dev/null' }

/** Drop-in files over the four directories; the content says where it stood; some are masked. */
const layout = (
  folder: string,
  text: (id: number) => string
): fc.Arbitrary<Record<string, string | { link: string }>> =>
  fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom(...directories),
        fc.constantFrom(...names),
        fc.constantFrom('text', 'text', 'text', 'mask', 'empty')
      ),
      {
        maxLength: 10,
        selector: ([directory, name]) => directory + name
      }
    )
    .map((files) =>
      Object.fromEntries(
        files.map(([directory, name, kind], id) => [
          `${directory}/${folder}/${name}`,
          kind === 'text' ? text(id) : kind === 'mask' ? mask : ''
        ])
      )
    )

/** Lines systemd-analyze cat-config shows, without its headers. */
function catConfig(
  files: Readonly<Record<string, string | { link: string }>>,
  name: string
): readonly string[] {
  return inDirectory(
    () => ({
      'etc/.keep': '',
      ...Object.fromEntries(Object.entries(files).map(([path, content]) => [path.slice(1), content]))
    }),
    (directory) => output('systemd-analyze', [`--root=${directory}`, 'cat-config', name])
  )
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

test('files of sysctl.d are read in the order of systemd', async () => {
  await fc.assert(
    fc.asyncProperty(
      layout('sysctl.d', (id) => `kernel.x${id} = ${id}\n`),
      async (files) => {
        const { settings } = await readSysctl(await contextOf(treeImage(files)))
        expect(settings.map(({ text }) => text)).toEqual(catConfig(files, 'sysctl.d'))
      }
    ),
    { numRuns: 40 }
  )
})

test('drop-ins of a systemd program are read in the order of systemd, the last value wins', async () => {
  const withMain = fc.tuple(
    fc.boolean(),
    layout('systemd/journald.conf.d', (id) => `[Journal]\nStorage=v${id}\n`)
  )
  await fc.assert(
    fc.asyncProperty(withMain, async ([main, dropIns]) => {
      const files = main ? { ...dropIns, '/etc/systemd/journald.conf': '[Journal]\nStorage=main\n' } : dropIns
      const context = await contextOf(treeImage(files))
      const paths = mergedDropIns(
        context.image,
        directories.map((one) => `${one}/systemd/journald.conf.d`),
        (name) => name.endsWith('.conf')
      )
      const shown = catConfig(files, 'systemd/journald.conf').filter((line) => line.startsWith('Storage='))
      expect(shown.length).toBe(paths.length + (main ? 1 : 0))
      const [value] = await readSystemdConf(context, 'journald.conf', 'Journal', 'Storage')
      expect(value && `Storage=${value.value}`).toBe(shown.at(-1))
    }),
    { numRuns: 40 }
  )
})

test('the first separator of a key tells what the others are', () => {
  expect(sysctlPath('net.ipv4.conf.eth0/1.rp_filter')).toBe('net/ipv4/conf/eth0.1/rp_filter')
  expect(sysctlPath('net/ipv4/conf/eth0.1/rp_filter')).toBe('net/ipv4/conf/eth0.1/rp_filter')
  expect(sysctlPath('kernel.panic')).toBe('kernel/panic')
})

test('spelling, patterns and exclusions (sysctl.d(5))', async () => {
  const context = await contextOf(
    treeImage({
      '/usr/lib/sysctl.d/10.conf':
        '; comment\n -net.ipv4.conf.*.rp_filter=2\nnet/ipv4/conf/all/rp_filter =  1 \n-net.ipv4.conf.lo.rp_filter\nkernel.printk = 3\t4 1   3\nbad line\n'
    })
  )
  const sysctl = await readSysctl(context)
  expect(sysctl.value('net.ipv4.conf.eth0.rp_filter')?.value).toBe('2')
  expect(sysctl.value('net.ipv4.conf.all.rp_filter')?.value).toBe('1')
  expect(sysctl.value('net.ipv4.conf.lo.rp_filter')).toBeUndefined()
  expect(sysctl.value('kernel.printk')?.value).toBe('3 4 1 3')
  expect(sysctl.value('bad line')).toBeUndefined()
})
