import { isMapping, type KasMapping, type KasValue } from './yaml.ts'

/**
 * Merges two configurations as kas does: dictionaries key by key, everything else (lists, text, null)
 * is replaced by the later one. Keys keep the place where they stood first.
 */
export function mergeMappings(base: KasMapping, update: KasMapping): KasMapping {
  const merged = new Map<string, KasValue>(Object.entries(base))
  for (const [key, value] of Object.entries(update)) {
    const before = merged.get(key)
    merged.set(key, isMapping(before) && isMapping(value) ? mergeMappings(before, value) : value)
  }
  return Object.fromEntries(merged)
}
