import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Finding } from '../base/finding.ts'
import { byCodeUnit } from '../base/text.ts'
import { parseStatus } from '../debian/status.ts'
import type { Image } from '../image/image.ts'
import { member } from './json.ts'
import type { Packages } from './readers/packages.ts'

/** What lies beside an image under its name. */
export interface Beside {
  /** Of a build record that names this image's digest. */
  fidelity: 'full' | 'base-only' | undefined
  example: boolean
  findings: readonly Finding[]
}

const limit = 64 * 1024 * 1024

/**
 * Looks at `.dpkg_status` and `.build.json` beside an image file. The package database inside the image is
 * what counts; a status beside it that says otherwise is a finding. A record counts only for the very bytes
 * it names. Whatever can't be read is as if it were not there.
 */
export async function lookBeside(image: Image, packages: Packages | undefined): Promise<Beside> {
  const stem = /^(.*?)(?:\.tar(?:\.(?:zst|xz|gz))?|\.ext4|\.wic)$/.exec(image.path)?.[1]
  if (stem === undefined) return { fidelity: undefined, example: false, findings: [] }
  const status = packages?.known ? await textOf(`${stem}.dpkg_status`) : undefined
  return {
    ...(await recordOf(image, `${stem}.build.json`)),
    findings: status === undefined || !packages ? [] : differences(`${stem}.dpkg_status`, status, packages)
  }
}

async function recordOf(image: Image, path: string): Promise<Omit<Beside, 'findings'>> {
  const nothing = { fidelity: undefined, example: false }
  try {
    const record: unknown = JSON.parse((await textOf(path)) ?? 'null')
    const digest = member(member(record, 'sha512'), basename(image.path))
    if (typeof digest !== 'string' || digest !== (await image.sha512())) return nothing
    const fidelity = member(record, 'fidelity')
    return {
      fidelity: fidelity === 'full' || fidelity === 'base-only' ? fidelity : undefined,
      example: member(record, 'example') === true
    }
  } catch {
    return nothing
  }
}

function differences(path: string, text: string, inside: Packages): readonly Finding[] {
  const listed = (packages: Packages['all']): Set<string> =>
    new Set(
      packages
        .filter(({ installed }) => installed)
        .map((one) => `${one.name}:${one.architecture} ${one.version}`)
    )
  let beside: Set<string>
  try {
    beside = listed(parseStatus(text, { path }).packages)
  } catch {
    return []
  }
  const within = listed(inside.all)
  const only = [...beside]
    .filter((one) => !within.has(one))
    .concat([...within].filter((one) => !beside.has(one)))
  if (only.length === 0) return []
  const names = only.sort(byCodeUnit).slice(0, 5).join(', ')
  return [
    {
      code: 'STATUS_DIFFERS',
      severity: 'warning',
      message: `${basename(path)} does not list the packages that are in the image: ${names}${only.length > 5 ? ', …' : ''}`,
      path,
      hint: 'The database inside the image counts. Take the status file of the same build, or none.'
    }
  ]
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    return size > limit ? undefined : await readFile(path, 'utf8')
  } catch {
    return undefined // not there, or not for us
  }
}
