import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with the plain line `N passed, N failed, N skipped` that CI reads.
 * A test file that could not be loaded counts as one failure.
 */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const state = test.result().state
        if (state === 'passed') counts.passed += 1
        else if (state === 'failed') counts.failed += 1
        else counts.skipped += 1
      }
    }
    // After vitest's own summary, so that it is the last line of the run.
    process.on('exit', () => {
      process.stdout.write(
        `${String(counts.passed)} passed, ${String(counts.failed)} failed, ${String(counts.skipped)} skipped\n`
      )
    })
  }
}
