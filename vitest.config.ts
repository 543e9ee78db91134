import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real tools on a busy CI machine: a limit that only catches what hangs.
    testTimeout: 180_000,
    hookTimeout: 1_200_000,
    reporters: ['default', './test/plain-reporter.ts'],
    maxWorkers: 2
  }
})
