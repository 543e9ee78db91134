// Compiles lib/ and sbom/ into dist/, puts the data beside the code and makes the command executable.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit'
})
cpSync('lib/catalogue/data', 'dist/lib/catalogue/data', { recursive: true })
if (existsSync('scripts/compile-controls.mjs')) {
  execFileSync(process.execPath, ['scripts/compile-controls.mjs', 'dist/lib/controls/controls.json'], {
    stdio: 'inherit'
  })
}
chmodSync('dist/lib/cli/main.js', 0o755)
