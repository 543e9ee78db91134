import type { CheckOf } from '../../controls/check.ts'
import type { CheckContext } from '../check-context.ts'
import type { Image } from '../../image/image.ts'
import { linkTarget } from '../readers/glob.ts'
import { byCodeUnit } from '../../base/text.ts'
import { lastOf, parseKeyValue } from '../readers/key-value.ts'
import type { Setting } from '../readers/lines.ts'
import { readLines } from '../readers/lines.ts'
import type { PamModule } from '../readers/pam.ts'
import { moduleLines, readPam } from '../readers/pam.ts'
import type { Reading } from './reading.ts'

/** faillock.conf(5); arguments of pam_faillock win, `conf=` names another file. 0 and `never` are no limit. */
export async function readFaillockKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const lines = moduleLines(await context.read(readPam), 'pam_faillock.so')
  if (lines.length === 0) return { effective: [], absent: 'no PAM stack uses pam_faillock' }
  const effective = await perLine(context, check.key, lines, async (line) =>
    readConf(context, confOf(line) ?? '/etc/security/faillock.conf')
  )
  return {
    // Where links lead counts: /var/lock is a place of /run as well.
    effective:
      check.key === 'dir'
        ? effective.map((one) => ({ ...one, value: leadsTo(context.image, one.value) }))
        : effective,
    style: { off: (value) => value === '0' || value === 'never' }
  }
}

/** The directory a path leads to in the image. */
function leadsTo(image: Image, path: string): string {
  const parts = linkTarget('/', path).split('/')
  for (let length = parts.length; length > 1; length--) {
    const head = parts.slice(0, length).join('/')
    const entry = image.lstat(head)
    if (!entry) continue
    const real =
      entry.type === 'symlink' ? linkTarget(head, entry.target ?? '') : (image.stat(head)?.path ?? head)
    return [real, ...parts.slice(length)].join('/')
  }
  return path
}

/**
 * pwquality.conf(5): files of pwquality.conf.d in ASCII order first, the main file after them, arguments of
 * pam_pwquality last; the last value wins.
 */
export async function readPwqualityKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const { image } = context
  const directory = '/etc/security/pwquality.conf.d'
  const files = image
    .list(directory)
    .filter((name) => name.endsWith('.conf'))
    .sort(byCodeUnit)
    .map((name) => `${directory}/${name}`)
  const settings: Setting[] = []
  for (const path of [...files, '/etc/security/pwquality.conf'])
    settings.push(...(await readConf(context, path)))
  const lines = moduleLines(await context.read(readPam), 'pam_pwquality.so')
  if (lines.length === 0) return { effective: [], absent: 'no PAM stack uses pam_pwquality' }
  if (check.key === 'minlen') return { effective: await withCredits(context, lines, settings) }
  const limited = ['maxrepeat', 'maxsequence', 'maxclassrepeat', 'gecoscheck'].includes(check.key)
  return {
    effective: await perLine(context, check.key, lines, () => Promise.resolve(settings)),
    style: { off: (value) => limited && value === '0' }
  }
}

/** minlen less the credits above 0 for kinds of characters: pwquality.conf(5) counts them as length. */
async function withCredits(
  context: CheckContext,
  lines: readonly PamModule[],
  settings: readonly Setting[]
): Promise<readonly Setting[]> {
  const read = async (key: string): Promise<readonly Setting[]> =>
    perLine(context, key, lines, () => Promise.resolve(settings))
  let credits = 0
  for (const key of ['dcredit', 'ucredit', 'lcredit', 'ocredit'])
    credits += Math.max(0, ...(await read(key)).map(({ value }) => Number(value) || 0))
  return (await read('minlen')).map((one) => ({
    ...one,
    value: credits > 0 ? String(Number(one.value) - credits) : one.value
  }))
}

/** Arguments of pam_pwhistory, else pwhistory.conf(5), which bookworm's module does not read yet. */
export async function readPwhistoryKey(check: CheckOf<'directive'>, context: CheckContext): Promise<Reading> {
  const lines = moduleLines(await context.read(readPam), 'pam_pwhistory.so')
  if (lines.length === 0) return { effective: [], absent: 'no PAM stack uses pam_pwhistory' }
  const readsConf = context.release !== 'bookworm' && context.release !== 'bullseye'
  const effective = await perLine(context, check.key, lines, async (line) =>
    readsConf ? readConf(context, confOf(line) ?? '/etc/security/pwhistory.conf') : []
  )
  return { effective }
}

/** The value for every line that uses the module: its argument, else the file it reads. */
async function perLine(
  context: CheckContext,
  key: string,
  lines: readonly PamModule[],
  conf: (line: PamModule) => Promise<readonly Setting[]>
): Promise<readonly Setting[]> {
  const found = new Map<string, Setting>()
  for (const line of lines) {
    const argument = line.arguments.findLast((word) => word === key || word.startsWith(`${key}=`))
    const [setting] =
      argument !== undefined
        ? [{ path: line.path, line: line.line, text: line.text, key, value: argument.slice(key.length + 1) }]
        : lastOf(await conf(line), key)
    if (setting) found.set(`${setting.path}:${setting.line}`, setting)
  }
  return [...found.values()]
}

function confOf(line: PamModule): string | undefined {
  return line.arguments.findLast((word) => word.startsWith('conf='))?.slice('conf='.length)
}

async function readConf({ image }: CheckContext, path: string): Promise<readonly Setting[]> {
  return parseKeyValue((await readLines(image, path)) ?? [], { trailingComments: true, bareKeys: true })
}
