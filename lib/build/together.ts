/**
 * Waits for all of several jobs even if one fails, and only then throws the
 * first failure: nobody may remove their files while one still works on them.
 */
export async function together<T extends readonly Promise<unknown>[]>(
  jobs: readonly [...T]
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(jobs)
  return Promise.all(jobs)
}
