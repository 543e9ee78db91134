import { describe, expect, it } from 'vitest'
import { harmless, mutations } from './mutations/index.ts'

describe('what truth is measured with', () => {
  it('has a name of its own for every change', () => {
    const names = [...mutations, ...harmless].map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('expects something of every defeating change', () => {
    expect(mutations.filter(({ fails, unknown = [] }) => fails.length + unknown.length === 0)).toEqual([])
  })
})
