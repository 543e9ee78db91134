import { basename } from 'node:path'
import { HardenError } from '../base/errors.ts'
import type { AptRoot } from './apt-root.ts'
import { packageTree } from './base-stage.ts'
import type { Mirrors } from './mirrors.ts'
import type { Mmdebstrap } from './mmdebstrap.ts'
import type { BuildRequest } from './request.ts'
import {
  buildPackages,
  debsOf,
  readSource,
  siteVariables,
  toolchainPackages,
  type SettingsSource
} from './settings-packages.ts'
import { extractTree, removeTree } from './tree.ts'

/** What the settings packages share with the base stage. */
export interface StageInputs {
  apt: AptRoot
  keyringDigest: string
  mirrors: Mirrors
  /** Directory of the cache. */
  cache: string
}

/**
 * Paths of the settings packages an image gets, built for its release or from the cache.
 * @param hits receives the names of what came from the cache.
 * @throws HardenError usage `SETTINGS_UNKNOWN`, `VARIABLE_MISSING`; build.
 */
export async function settingsDebs(
  request: BuildRequest,
  inputs: StageInputs,
  mmdebstrap: Mmdebstrap,
  hits: string[]
): Promise<string[]> {
  if (request.settings.length === 0) return []
  const { cache } = inputs
  const sources = [await readSource('kas-harden-settings'), await readSource('kas-harden-site')]
  const unknown = request.settings.filter((name) => !sources.some((source) => source.binaries.includes(name)))
  if (unknown.length > 0) {
    throw new HardenError('usage', 'SETTINGS_UNKNOWN', `We have no settings package ${unknown.join(', ')}.`, {
      hint: 'Run kas-harden apply again: the overlay is from another version.'
    })
  }
  const toolchain = await openToolchain(request, sources, inputs, mmdebstrap)
  if (toolchain.hit) hits.push('toolchain')
  const debs: string[] = []
  for (const source of sources) {
    const isSite = source.name === 'kas-harden-site'
    const given = { ...request.site.variables, KAS_HARDEN_SITE_PARTS: request.site.parts.join(' ') }
    const variables = isSite ? await siteVariables(source, given) : {}
    const built = await buildPackages(
      { source, variables, release: request.release, toolchain: toolchain.name, toolchainTree: toolchain.tree },
      cache,
      mmdebstrap
    )
    if (built.hit) hits.push(source.name)
    debs.push(...(await debsOf(built.path, isSite ? ['kas-harden-site'] : request.settings)))
  }
  await toolchain.remove()
  return debs
}

/**
 * Builds the packages that depend on nothing but the release: every static one, from the cache if it is there.
 * @public scripts/build-settings-packages.mjs
 * @returns their paths; the site's own package is none of them.
 * @throws HardenError environment, build.
 */
export async function staticSettingsDebs(
  wanted: Pick<BuildRequest, 'release' | 'architecture'>,
  inputs: StageInputs,
  mmdebstrap: Mmdebstrap
): Promise<string[]> {
  const source = await readSource('kas-harden-settings')
  const sources = [source, await readSource('kas-harden-site')]
  const toolchain = await openToolchain(wanted, sources, inputs, mmdebstrap)
  const build = { source, variables: {}, release: wanted.release }
  const built = await buildPackages(
    { ...build, toolchain: toolchain.name, toolchainTree: toolchain.tree },
    inputs.cache,
    mmdebstrap
  )
  await toolchain.remove()
  return debsOf(built.path, source.binaries)
}

/** Where packages of ours are built: a tree of the release, extracted when it is wanted first. */
interface Toolchain {
  /** Its name in the cache. */
  name: string
  hit: boolean
  tree: () => Promise<string>
  remove: () => Promise<void>
}

async function openToolchain(
  request: Pick<BuildRequest, 'release' | 'architecture'>,
  sources: readonly SettingsSource[],
  { apt, keyringDigest, mirrors, cache }: StageInputs,
  mmdebstrap: Mmdebstrap
): Promise<Toolchain> {
  const alternatives = sources.flatMap((source) => source.buildDepends)
  const known = await apt.candidates(alternatives.flat())
  // Package names move between releases (login.defs is new in trixie): the first that exists, as sbuild does.
  const buildDepends = alternatives.map((names) => names.find((name) => known.has(name)) ?? names[0]!)
  const toolchain = await packageTree(
    {
      kind: 'toolchain',
      release: request.release,
      architecture: request.architecture,
      packages: [...toolchainPackages, ...buildDepends],
      archiveDigest: apt.archiveDigest,
      keyringDigest,
      // Our packages carry the date of their changelog, so the image's own epoch must not cost a new toolchain.
      epoch: apt.newestRelease
    },
    { mirrors, transport: apt.transport },
    cache,
    mmdebstrap
  )
  let tree: string | undefined
  return {
    name: basename(toolchain.path),
    hit: toolchain.hit,
    tree: async () => (tree ??= await extractTree(toolchain.path, 'toolchain', mmdebstrap)),
    remove: async () => {
      if (tree !== undefined) await removeTree(tree, mmdebstrap)
    }
  }
}
