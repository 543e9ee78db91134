import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What `npm pack --json` says about a package. */
export interface Packed {
  filename: string
  /** Bytes of the archive. */
  size: number
  unpackedSize: number
  files: { path: string; size: number; mode: number }[]
}

/** The package as npm would publish it, and a project that has installed it. */
export interface Stage {
  directory: string
  packed: Packed
  /** The archive. */
  tarball: string
  /** A project whose node_modules holds the unpacked archive and its dependencies, nothing else. */
  project: string
  /** The same with commander as its only dependency. */
  lean: string
}

/**
 * Builds the sources of this tree in a directory of their own (the dist/ of the tree may be old, and others may use
 * it), packs them and unpacks the archive into an empty project. The dependencies are linked from our own
 * node_modules: those only that a consumer gets, so that a forgotten one shows.
 */
export function stagePackage(): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'kas-harden-package-'))
  const source = join(directory, 'source')
  const left = new Set(['.git', 'build', 'coverage', 'dist', 'examples', 'node_modules'])
  cpSync(root, source, { recursive: true, filter: (path) => !left.has(relative(root, path)) })
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'))
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: source, stdio: 'pipe' })

  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory]
  const output = JSON.parse(npm(pack, source)) as Packed[] | Record<string, Packed>
  const packed = Object.values(output)[0]!
  const tarball = join(directory, packed.filename)
  // A TypeScript user of a Node.js library has the types of Node.js.
  const project = installed(join(directory, 'project'), tarball, [...runtimeDependencies(), '@types/node'])
  const lean = installed(join(directory, 'lean'), tarball, ['commander'])
  return { directory, packed, tarball, project, lean }
}

/**
 * Size of what a project has installed, our own part and its dependencies but for types: the bytes of all files, and the
 * same rounded up to blocks of a disk.
 */
export function installedSize(project: string): { bytes: number; blocks: number } {
  const modules = join(project, 'node_modules')
  const size = { bytes: 0, blocks: 0 }
  for (const name of [...runtimeDependencies(), 'kas-harden']) {
    for (const entry of readdirSync(join(modules, name), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const bytes = statSync(join(entry.parentPath, entry.name)).size
      size.bytes += bytes
      size.blocks += Math.ceil(bytes / 4096) * 4096
    }
  }
  return size
}

/** Runs npm with standard error kept out of the way. */
function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function installed(project: string, tarball: string, dependencies: readonly string[]): string {
  const own = join(project, 'node_modules/kas-harden')
  mkdirSync(join(project, 'node_modules/.bin'), { recursive: true })
  mkdirSync(own)
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
  execFileSync('tar', ['-xzf', tarball, '-C', own, '--strip-components=1'])
  symlinkSync('../kas-harden/dist/lib/cli/main.js', join(project, 'node_modules/.bin/kas-harden'))
  for (const name of dependencies) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link)
  }
  return project
}

/** Names of the packages a consumer gets with ours, by the lock file. */
function runtimeDependencies(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>
  }
  const there = new Set(readdirSync(join(root, 'node_modules')))
  return Object.entries(lock.packages)
    .filter(
      ([path, { dev, devOptional }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !devOptional
    )
    .map(([path]) => path.slice('node_modules/'.length))
    .filter((name) => there.has(name.split('/')[0]!))
}
