export { generateSbom } from './generate.ts'
export { validateSbom } from './validate.ts'
export type { DebRecord, Organization, Sbom, SbomOptions, SpecVersion } from './options.ts'
