import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** `npm run test:dist`: the same tests on what is published, loaded by Node itself. */
const onDist = process.env['KAS_HARDEN_TEST_DIST'] === '1'
const dist = fileURLToPath(new URL('dist', import.meta.url))

export default defineConfig({
  resolve: {
    alias: onDist ? [{ find: /^(?:\.\.\/)+(lib|sbom)\/(.*)\.tsx?$/, replacement: `${dist}/$1/$2.js` }] : []
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Real tools on a busy CI machine: a limit that only catches what hangs.
    testTimeout: 180_000,
    hookTimeout: 1_200_000,
    reporters: ['default', './test/plain-reporter.ts'],
    maxWorkers: 2,
    server: { deps: { external: onDist ? [/\/dist\/(?:lib|sbom)\//] : [] } }
  }
})
