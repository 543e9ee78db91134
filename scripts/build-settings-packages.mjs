// Builds the static settings packages (recipes/recipes-security/kas-harden-settings) for the npm package:
//   npm run build && node scripts/build-settings-packages.mjs [--output DIR] [RELEASE...]
// They hold no value of a site, so that they are the same bytes for everyone; kas-harden-site does, and is never
// prebuilt. Built as the embedded engine builds them, in a tree of the release: pam_unix's profile is that release's own.
// `npm publish` runs this (prepublishOnly). Needs what the embedded engine needs.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const load = (path) => import(join(root, 'dist/lib', path))
const [{ nodeIo }, { machineMirrors }, { openMmdebstrap }, { openAptRoot }, { staticSettingsDebs }] =
  await Promise.all(
    [
      'base/node-io.js',
      'build/mirrors.js',
      'build/mmdebstrap.js',
      'build/apt-root.js',
      'build/settings-debs.js'
    ].map(load)
  )
const [{ archiveKeyring }, { cacheDirectory }, { digestOfFile }, { silent }, { releases }] =
  await Promise.all(
    ['build/mirrors.js', 'build/cache.js', 'base/digest.js', 'build/progress.js', 'controls/control.js'].map(
      load
    )
  )

const words = process.argv.slice(2)
const at = words.indexOf('--output')
const [, output = join(root, 'build/settings')] = at === -1 ? [] : words.splice(at, 2)
const wanted = words.length > 0 ? words : releases
const io = nodeIo(process)
const mirrors = await machineMirrors(io.exec)
const keyringDigest = await digestOfFile(archiveKeyring, 'sha256')

const sums = []
for (const release of wanted) {
  const mmdebstrap = await openMmdebstrap(io, silent)
  try {
    const apt = await openAptRoot(join(mmdebstrap.scratch, 'apt'), release, 'amd64', mirrors, io.exec)
    const inputs = { apt, keyringDigest, mirrors, cache: cacheDirectory(io.env) }
    const debs = await staticSettingsDebs({ release, architecture: 'amd64' }, inputs, mmdebstrap)
    rmSync(join(output, release), { recursive: true, force: true })
    mkdirSync(join(output, release), { recursive: true })
    for (const deb of debs) cpSync(deb, join(output, release, basename(deb)))
  } finally {
    await mmdebstrap.dispose()
  }
  for (const name of readdirSync(join(output, release)).sort()) {
    const digest = createHash('sha256')
      .update(readFileSync(join(output, release, name)))
      .digest('hex')
    sums.push(`${digest}  ${release}/${name}\n`)
  }
  console.log(`${release}: ${readdirSync(join(output, release)).length} packages in ${join(output, release)}`)
}
writeFileSync(join(output, 'SHA256SUMS'), sums.join(''))
