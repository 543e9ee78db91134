import type { Harmless, Mutation } from '../mutation.ts'

/** Every defeating change. */
export const mutations: readonly Mutation[] = []

/** Every change that means nothing. */
export const harmless: readonly Harmless[] = []
