import { expect, test } from 'vitest'
import { runChecks } from './run-tree.ts'

test('the good image passes every check, each with a message', async () => {
  const results = await runChecks({})
  expect(results.filter(({ status }) => status !== 'pass')).toEqual([])
  expect(results.filter(({ message }) => message.length < 5)).toEqual([])
})
