/**
 * kas-harden as a library: every step of the main job is a function from data
 * to data. `nodeIo(process)` gives a step its world.
 * @module
 */
export { HardenError, exitCodes, type ErrorCause } from './base/errors.ts'
export type { Finding, Range, Severity } from './base/finding.ts'
export type { Exec, ExecOptions, ExecResult, ExecStream } from './base/exec.ts'
export type { Io, TextSink } from './base/io.ts'
export { nodeIo, type NodeProcess } from './base/node-io.ts'

export type { Catalogue, CatalogueEntry, CatalogueComponent, EntryKind } from './catalogue/entry.ts'
export { loadCatalogue } from './catalogue/load-catalogue.ts'
export { loadCatalogue41 } from './catalogue/load-catalogue-41.ts'
export { requirementsFor, securityLevelOf } from './catalogue/requirements-for.ts'
export { findRequirement, type RequirementMatch } from './catalogue/find-requirement.ts'

export { loadProjectConfig, type LoadedConfig } from './config/load.ts'
export type { Account, ProjectConfig } from './config/config.ts'
export { readKasProject, type KasProject } from './kas/project.ts'

export type { Control, ComponentType, Release } from './controls/control.ts'
export type { Check } from './controls/check.ts'
export type { CheckResult, CheckStatus, Evidence } from './controls/result.ts'
export type { ParameterValues, Target } from './controls/target.ts'
export { loadControls, type LoadedControl, type LoadedControls } from './controls/load-controls.ts'
export { profileFor, type Profile, type ProfilePackage } from './controls/profile.ts'
export { resolveParameters, type ResolvedParameters } from './controls/parameters.ts'

export { plan, type Plan, type PlanInput } from './harden/plan.ts'
export { apply, type Applied } from './harden/apply.ts'
export { buildProject as build, type BuildChoice } from './flow/build-project.ts'
export type { BuildResult } from './build/engine-mmdebstrap.ts'
export type { Progress } from './build/progress.ts'

export type { Image, ImageEntry, ImageFormat } from './image/image.ts'
export { openImage } from './image/open-image.ts'
export { generateSbom } from '../sbom/generate.ts'
export type { Sbom, SbomOptions } from '../sbom/options.ts'

export { verify } from './verify/verify.ts'
export type { PackageResult, Verification } from './verify/verification.ts'
export { assess } from './assess/assess.ts'
export type { Assessment, RequirementAssessment, Verdict } from './assess/assessment.ts'
export { gate, type GateResult } from './assess/gate.ts'
export { assessImage, type AssessedImage } from './flow/assess-image.ts'
export { openSession, type Session, type TargetChoice } from './flow/session.ts'
export { planProject } from './flow/plan-project.ts'
export { runAll, type RunChoice, type RunResult } from './flow/run-all.ts'
export { writeReports } from './flow/write-reports.ts'
