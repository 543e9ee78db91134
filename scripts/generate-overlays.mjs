// Writes the generated files of kas-overlays/: npm run build && node scripts/generate-overlays.mjs
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { overlayFiles, supportMatrix } from './overlays/overlay-files.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const load = (path) => import(join(root, 'dist/lib', path))
const modules = Object.assign(
  {},
  ...(await Promise.all(
    [
      'controls/load-controls.js',
      'controls/profile.js',
      'controls/parameters.js',
      'controls/control.js',
      'catalogue/load-catalogue.js',
      'kas/overlay.js',
      'kas/boards.js'
    ].map(load)
  ))
)
for (const [path, text] of await overlayFiles(modules)) {
  const file = join(root, 'kas-overlays', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
const readme = join(root, 'kas-overlays/README.md')
const matrix = supportMatrix(modules.boards)
const text = readFileSync(readme, 'utf8')
writeFileSync(readme, text.replace(/(<!-- boards -->\n)[^]*?(\n<!-- \/boards -->)/, `$1${matrix}$2`))
