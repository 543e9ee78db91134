import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { packageRoot } from '../base/assets.ts'
import { digestOf } from '../base/digest.ts'
import { HardenError } from '../base/errors.ts'
import { byCodeUnit } from '../base/text.ts'
import type { Release } from '../controls/control.ts'
import { cached, cacheKey } from './cache.ts'
import type { Mmdebstrap } from './mmdebstrap.ts'
import { hookWord, shellWord } from './quote.ts'
import { onTree } from './tree.ts'

/** What building our Debian packages needs in the target release beside their Build-Depends; no compiler. */
export const toolchainPackages = ['config-package-dev', 'debhelper', 'dpkg-dev']

/** A Debian source tree of ours below recipes/. */
export interface SettingsSource {
  name: string
  directory: string
  /** SHA-256 over paths and contents. */
  digest: string
  /** Build-Depends of debian/control: alternatives by name, without versions. */
  buildDepends: readonly (readonly string[])[]
  /** Name of every binary package in debian/control. */
  binaries: readonly string[]
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort(byCodeUnit)
}

/** Reads `recipes/recipes-security/<name>/files`. */
export async function readSource(name: string): Promise<SettingsSource> {
  const directory = join(packageRoot(), 'recipes', 'recipes-security', name, 'files')
  const parts: string[] = []
  for (const file of await filesBelow(directory)) {
    parts.push(`${file}\0${digestOf(await readFile(join(directory, file)))}`)
  }
  const control = await controlOf(directory)
  const field = /^Build-Depends:((?:.*)(?:\n[ \t].*)*)/m.exec(control)?.[1] ?? ''
  const buildDepends = field
    .split(',')
    .map((clause) => clause.split('|').flatMap((one) => /^\s*([a-z0-9][a-z0-9.+-]*)/.exec(one)?.[1] ?? []))
    .filter((names) => names.length > 0 && !names.includes('debhelper-compat'))
  const binaries = [...control.matchAll(/^Package: (\S+)$/gm)].map((match) => match[1]!)
  return { name, directory, digest: digestOf(parts.join('\n')), buildDepends, binaries }
}

/** debian/control, or its template. */
async function controlOf(directory: string): Promise<string> {
  for (const name of ['debian/control', 'debian/control.tmpl']) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  throw new HardenError('internal', 'SOURCE_BROKEN', `${directory} has no debian/control`)
}

/**
 * Replaces `${NAME}` and `$NAME` of the given variables in a template, as envsubst(1) with a list of names does
 * (and isar's TEMPLATE_FILES through it): nothing else is touched, and a value is no template.
 */
export function renderTemplate(template: string, variables: Readonly<Record<string, string>>): string {
  const given = new Map(Object.entries(variables))
  return template.replace(
    /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
    (whole, braced?: string, bare?: string) => given.get(braced ?? bare ?? '') ?? whole
  )
}

/** Defaults a recipe gives its variables (`??=`), so that both engines know the same values. */
async function recipeDefaults(source: SettingsSource): Promise<Record<string, string>> {
  const folder = dirname(source.directory)
  const recipe = (await readdir(folder)).find((name) => name.endsWith('.bb'))
  if (!recipe) throw new HardenError('internal', 'SOURCE_BROKEN', `${folder} has no recipe`)
  const text = await readFile(join(folder, recipe), 'utf8')
  const matches = text.matchAll(/^(KAS_HARDEN_[A-Z0-9_]+) \?\?= "(.*)"$/gm)
  return Object.fromEntries([...matches].map((match) => [match[1]!, match[2]!]))
}

/**
 * All values of the site's templates and their version, `1.0+site.<hash>`:
 * other values, other version, so that apt sees the change. The recipe
 * computes the same (kas_harden_site_version).
 */
export async function siteVariables(
  source: SettingsSource,
  given: Readonly<Record<string, string>>
): Promise<Record<string, string>> {
  const values = { ...(await recipeDefaults(source)), ...given }
  const names = new Set<string>()
  for (const file of (await filesBelow(source.directory)).filter((name) => name.endsWith('.tmpl'))) {
    const text = await readFile(join(source.directory, file), 'utf8')
    for (const match of text.matchAll(/\$\{?(KAS_HARDEN_[A-Z0-9_]+)/g)) names.add(match[1]!)
  }
  names.delete('KAS_HARDEN_SITE_VERSION')
  const used = [...names].sort(byCodeUnit).map((name) => [name, values[name] ?? ''] as const)
  const hash = digestOf(used.map(([name, value]) => `${name}=${value}\n`).join('')).slice(0, 12)
  return { ...Object.fromEntries(used), KAS_HARDEN_SITE_VERSION: `1.0+site.${hash}` }
}

/** Copies a source tree and renders its `*.tmpl` files beside it. */
async function layOut(
  source: SettingsSource,
  target: string,
  variables: Readonly<Record<string, string>>
): Promise<void> {
  await cp(source.directory, target, { recursive: true })
  for (const file of await filesBelow(target)) {
    if (!file.endsWith('.tmpl')) continue
    const template = await readFile(join(target, file), 'utf8')
    const left = [...template.matchAll(/\$\{?(KAS_HARDEN_[A-Z0-9_]+)/g)].find(
      ([, name]) => !(name! in variables)
    )?.[1]
    if (left) {
      throw new HardenError(
        'usage',
        'VARIABLE_MISSING',
        `The template ${source.name}/${file} needs ${left}, which is not set.`,
        { hint: `Run kas-harden apply, which writes ${left} into the overlay.` }
      )
    }
    const text = renderTemplate(template, variables)
    const output = join(target, file.slice(0, -'.tmpl'.length))
    await mkdir(dirname(output), { recursive: true })
    await writeFile(output, text)
    await rm(join(target, file))
  }
}

/** What identifies one set of built packages. */
interface PackageBuild {
  source: SettingsSource
  variables: Readonly<Record<string, string>>
  release: Release
  /** Name of the toolchain in the cache. */
  toolchain: string
  /** Extracts the toolchain; called only if something must be built. */
  toolchainTree: () => Promise<string>
}

/**
 * Builds a source tree with dpkg-buildpackage in a chroot of the target
 * release and gives the directory with its .deb files, from the cache if the
 * same was built before.
 */
export async function buildPackages(
  build: PackageBuild,
  directory: string,
  mmdebstrap: Mmdebstrap
): Promise<{ path: string; hit: boolean }> {
  const { source, variables, release, toolchain } = build
  const key = cacheKey({ source: source.digest, variables, release, toolchain, layout: 3 })
  return cached(directory, `debs-${source.name}-${release}`, key, '.d', async (path) => {
    const work = join(mmdebstrap.scratch, `source-${source.name}`)
    await mkdir(join(work, 'build'), { recursive: true })
    await layOut(source, join(work, 'build', source.name), variables)
    await chmod(join(work, 'build', source.name, 'debian', 'rules'), 0o755)
    const tree = await build.toolchainTree()
    // The changelog's date counts, not the image's: the same bytes for everyone. -d: build-essential is left out.
    const script = `set -eu; rm -rf /out; mkdir /out; chown -R 0:0 /build; cd /build/${source.name}; dpkg-buildpackage -d -nc -b -uc -us; mv ../*.deb /out; rm -rf /build`
    await mmdebstrap.run(
      [
        ...onTree(),
        `--customize-hook=copy-in ${hookWord(join(work, 'build'))} /`,
        `--customize-hook=env -u SOURCE_DATE_EPOCH chroot "$1" sh -c ${shellWord(script)}`,
        `--customize-hook=sync-out /out ${hookWord(path)}`,
        '',
        tree,
        ''
      ],
      { DEB_BUILD_OPTIONS: 'nocheck' }
    )
    const names = await readdir(path)
    if (!names.some((name) => name.endsWith('.deb'))) {
      throw new HardenError('build', 'NO_PACKAGES', `Building ${source.name} for ${release} made no package.`)
    }
    await rm(work, { recursive: true, force: true })
  })
}

/** Paths of the .deb files of the wanted binary packages. */
export async function debsOf(directory: string, wanted: readonly string[]): Promise<string[]> {
  const names = await readdir(directory)
  return wanted.map((name) => {
    const file = names.find((candidate) => candidate.startsWith(`${name}_`) && candidate.endsWith('.deb'))
    if (!file) throw new HardenError('build', 'NO_PACKAGES', `The package ${name} was not built.`)
    return join(directory, file)
  })
}
