import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { hardenFile, writeProject } from '../../temporary.ts'
import type { Isar } from './isar.ts'

/** What a variant of the product changes. */
export interface ProductChoice {
  commit?: string
  /** More kas files. */
  files?: Readonly<Record<string, string>>
}

function kasFile(isar: Isar, commit: string): string {
  return `header:
  version: 23
build_system: isar-privileged
machine: container-amd64
distro: debian-bookworm
target: isar-image-base
${isar.real ? 'task: rootfs' : 'task: build'}
repos:
  product:
    layers:
      meta-product:
  isar:
    url: https://github.com/ilbers/isar
    commit: ${commit}
    layers:
      meta:
      meta-isar:
bblayers_conf_header:
  standard: |
    BBPATH = "\${TOPDIR}"
    BBFILES ?= ""
local_conf_header:
  product: |
    HOSTNAME = "gateway"
    IMAGE_INSTALL:append = " product-info"
    # Neither an archive nor isar's own SBOM of bookworm can be made without a further download.
    IMAGE_FSTYPES = "tar.zst"
    ROOTFS_FEATURES:remove = "generate-sbom"
`
}

/** The file the product's own package ships. */
export const productInfo = 'meta-product/recipes-core/product-info/files/product-info'

const layer = {
  'meta-product/conf/layer.conf': `BBPATH .= ":\${LAYERDIR}"
BBFILES += "\${LAYERDIR}/recipes-*/*/*.bb"
BBFILE_COLLECTIONS += "product"
BBFILE_PATTERN_product = "^\${LAYERDIR}/"
BBFILE_PRIORITY_product = "8"
LAYERVERSION_product = "1"
LAYERSERIES_COMPAT_product = "v0.6 next"
LAYERDEPENDS_product = "core isar"
`,
  'meta-product/recipes-core/product-info/product-info_1.2.bb': `DESCRIPTION = "What this product is"
MAINTAINER = "product team <product@example.org>"
inherit dpkg-raw
DPKG_ARCH = "all"
SRC_URI = "file://product-info"
do_install() {
    install -d \${D}/usr/lib
    install -m 644 \${WORKDIR}/product-info \${D}/usr/lib/product-info
}
`,
  [productInfo]: 'gateway of example.org\n'
} as const

/** The hash is of a random text nobody kept: verify knows the password of the other tests' hash. */
const passwordHash = '$y$j9T$0YoBolDwW8RiRnFzAcYjw/$8ser0.0Su/ubZLoyu58LpN509HOyP8jE5Eo/WQiCo2A'

/** A product of its own in a git repository of its own, everything committed. */
export function makeProduct(directory: string, isar: Isar, choice: ProductChoice = {}): string {
  mkdirSync(directory, { recursive: true })
  writeProject(directory, {
    'kas.yml': kasFile(isar, choice.commit ?? isar.commits.current),
    'kas-harden.yml': hardenFile({ passwordHash }),
    ...layer,
    ...choice.files
  })
  commitAll(directory)
  return directory
}

/** Commits everything, as a team does with what `apply` wrote. */
export function commitAll(directory: string): void {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']
  execFileSync('git', ['-C', directory, 'add', '.'])
  execFileSync('git', [...author, '-C', directory, 'commit', '-q', '-m', 'product'])
}

/** What git sees as changed or new; empty for a repository nobody touched. */
export function changesIn(directory: string): string {
  return execFileSync('git', ['-C', directory, 'status', '--porcelain', '--ignored'], { encoding: 'utf8' })
}
