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
export {
  loadCatalogue41,
  type ProcessCatalogue,
  type ProcessRequirement
} from './catalogue/load-catalogue-41.ts'
export { requirementsFor, securityLevelOf, type RequirementQuery } from './catalogue/requirements-for.ts'
export { findRequirement, type RequirementMatch } from './catalogue/find-requirement.ts'

export { loadProjectConfig, type LoadedConfig } from './config/load.ts'
export type {
  Account,
  ConfigPlaces,
  ProjectConfig,
  Statement as ProjectStatement,
  Waiver as ProjectWaiver
} from './config/config.ts'
export type { DebianRelease } from './debian/releases.ts'
export { readKasProject, type HeaderBlock, type KasProject, type Unresolved } from './kas/project.ts'
export type { ReadKasProjectOptions } from './kas/kas-project.ts'
export type { KasFile } from './kas/kas-file.ts'
export type { BuildSystem, Place } from './kas/platform.ts'
export type { KasRepo } from './kas/repos.ts'
export type { KasMapping, KasValue, ValuePath, YamlDocument } from './kas/yaml.ts'

export {
  componentTypes,
  releases,
  type ComponentType,
  type Control,
  type Release
} from './controls/control.ts'
export type { Check } from './controls/check.ts'
export type { CheckResult, CheckStatus, Evidence } from './controls/result.ts'
export type { ParameterValues, Target } from './controls/target.ts'
export { loadControls, type LoadedControl, type LoadedControls } from './controls/load-controls.ts'
export { profileFor, type Profile, type ProfilePackage } from './controls/profile.ts'
export { resolveParameters, type ResolvedParameters } from './controls/parameters.ts'

export { plan, type Plan, type PlanInput, type PlannedRequirement } from './harden/plan.ts'
export type { PersonAccount, Role } from './harden/accounts.ts'
export { apply, type Applied } from './harden/apply.ts'
export { buildProject as build, type BuildChoice } from './flow/build-project.ts'
export { buildWith, type AnyBuildChoice, type AnyBuilt } from './flow/build-project-with.ts'
export { kasBuild, type KasBuildChoice, type KasBuilt } from './flow/kas-build.ts'
export { kasBuildBoards, type BoardBuild } from './flow/kas-build-boards.ts'
export { runWithKas, type KasRunResult } from './flow/run-all-kas.ts'
export { doctor, type Diagnosed } from './flow/doctor.ts'
export type { ArtefactKind, KasArtefact } from './build/kas/deploy.ts'
export type { ChosenEngine } from './build/kas/choose-engine.ts'
export type { EngineName } from './build/kas/engine-name.ts'
export type { EngineProbe, ProbeRow } from './build/kas/probe.ts'
export type { Runtime } from './build/kas/container.ts'
export type { PrepareChoice } from './flow/kas-prepare.ts'
export type { ArtefactName, Artefacts } from './build/artefacts.ts'
export type { BuildResult } from './build/engine-mmdebstrap.ts'
export type { Progress } from './build/progress.ts'
export type { NotBuilt } from './build/request.ts'

export type { EntryType, Image, ImageEntry, ImageFormat, ImagePartition } from './image/image.ts'
export type { Esp } from './image/esp.ts'
export type { ImageIo, OpenImageOptions } from './image/limits.ts'
export { openImage } from './image/open-image.ts'
export { generateSbom } from '../sbom/generate.ts'
export type { DebRecord, Sbom, SbomOptions } from '../sbom/options.ts'
export { checkSbom, type Score } from '../sbom/check.ts'
export { diffSboms, type SbomDifference } from '../sbom/diff.ts'

export { verify } from './verify/verify.ts'
export type { PackageResult, Verification } from './verify/verification.ts'
export { assess } from './assess/assess.ts'
export {
  verdicts,
  type Assessment,
  type Countermeasure,
  type EvidenceGrade,
  type FrSummary,
  type LevelShare,
  type NextStep,
  type Remainder,
  type RequirementAssessment,
  type RequirementContribution,
  type StepKind,
  type Verdict
} from './assess/assessment.ts'
export type {
  AssessedProfile,
  AssessOptions,
  RuntimeEvidence,
  RuntimeResult,
  Statement,
  Waiver
} from './assess/inputs.ts'
export { readRuntimeFile, type ReadRuntime, type RuntimeFileOptions } from './assess/runtime-file.ts'
export { runtimePayload, type RuntimeFile } from './assess/runtime-format.ts'
export { gate, type GateCondition, type GateResult } from './assess/gate.ts'
export { assessImage, type AssessedImage, type RuntimeChoice } from './flow/assess-image.ts'
export { openSession, type Session, type TargetChoice } from './flow/session.ts'
export { planProject } from './flow/plan-project.ts'
export { applyProject, type ApplyChoice, type AppliedProject } from './flow/apply-project.ts'
export { removeProject, type RemovedProject } from './flow/remove-project.ts'
export { lintProject, type LintedProject } from './flow/lint-project.ts'
export type { GitLayer, GitLayerChoice } from './harden/layer-source.ts'
export type { WritablePaths } from './harden/read-only-root.ts'
export type { WksCopy } from './kas/wks/kernel-command-line.ts'
export type { CipSettings, ProvidedSetting } from './harden/provides-cip.ts'
export { runAll, type RunChoice, type RunResult } from './flow/run-all.ts'
export { writeReports } from './flow/write-reports.ts'
export type { ComparedImage, Comparison, ReportInput } from './report/report-input.ts'
