import type { Finding } from '../base/finding.ts'
import type { CatalogueEntry } from '../catalogue/entry.ts'
import { loadCatalogue } from '../catalogue/load-catalogue.ts'
import { requirementsFor } from '../catalogue/requirements-for.ts'
import { owners as allOwners, type Owner } from '../controls/control.ts'
import { leftToOthers } from '../controls/left-to-others.ts'
import type { Verification } from '../verify/verification.ts'
import { scopeSentence, type Assessment, type Remainder, type RequirementAssessment } from './assessment.ts'
import { claimOn, type Claim } from './claim.ts'
import { countermeasuresOf, withCcsc2 } from './countermeasures.ts'
import { evidenceFor, lacksOption, resultsOf } from './evidence.ts'
import { heldBy, publishedSecrets } from './held.ts'
import type { AssessedProfile, AssessOptions } from './inputs.ts'
import { nextStepsFor } from './next-steps.ts'
import { validStatements, waiverFor, waiversInForce } from './statements.ts'
import { countVerdicts, headlineOf, summariseFrs } from './summary.ts'
import { decide } from './verdict.ts'

/**
 * One verdict with its evidence for every line of IEC 62443-4-2 the target has
 * to answer. A pure function: the same inputs give the same answer; `now`
 * decides only whether a waiver has expired. The rules stand in `decide`.
 * @throws HardenError `CATALOGUE_EDITION_UNKNOWN` (usage) for an edition we don't carry.
 */
export function assess(
  verification: Verification,
  profile: AssessedProfile,
  options: AssessOptions
): Assessment {
  const { target } = profile
  const lines = requirementsFor(target, options.catalogue ?? loadCatalogue(target.edition))
  const findings: Finding[] = []
  const statements = validStatements(options.statements ?? [], lines, options.now, findings)
  const waivers = waiversInForce(options.waivers ?? [], options.now, findings)
  const unreviewed = new Set(options.unreviewed)
  const results = resultsOf(verification, profile, options.runtime, findings)

  const secrets = publishedSecrets(verification, profile.controls)

  const serving = profile.controls.filter((control) => !lacksOption(control, results))

  const decided = new Map<string, RequirementAssessment>()
  for (const entry of baseFirst(lines)) {
    const claim = claimOn(entry, serving, unreviewed)
    const evidence = evidenceFor(entry, claim, results)
    const own = statements.filter((one) => one.requirement === entry.id)
    const decision = decide({
      entry,
      claim,
      evidence,
      held: heldBy(entry.id, secrets),
      statements: own,
      base: entry.base === undefined ? undefined : decided.get(entry.base)
    })
    const remains = remainsOf(entry, claim)
    const bad = evidence.checks.filter((one) => one.status === 'fail' || one.status === 'unknown')
    const badPackages = evidence.packages.filter((one) => one.status !== 'pass').length
    decided.set(entry.id, {
      id: entry.id,
      title: entry.title,
      paraphrase: entry.paraphrase,
      kind: entry.kind,
      fr: entry.fr,
      securityLevel: entry.minSL ?? 1,
      base: entry.base,
      conditional: entry.conditional,
      hardware: entry.hardware,
      singleSource: entry.singleSource,
      ...decision,
      contribution: claim.contribution,
      covers: claim.covers,
      evidence: evidence.grade === 'none' && own.length > 0 ? 'declared' : evidence.grade,
      proof: claim.proof,
      owners: ownersOf(entry, claim, remains, decision.verdict),
      controls: claim.serving.map((control) => control.id),
      checks: evidence.checks,
      packages: evidence.packages,
      unknown: evidence.unanswered.length > 0,
      remains,
      labEvidence: [...new Set(claim.serving.flatMap((control) => control.evidence))],
      statements: own,
      waiver: waiverFor(
        entry.id,
        bad.map((one) => one.id),
        badPackages,
        waivers
      )
    })
  }

  const answered = lines.flatMap((entry) => decided.get(entry.id) ?? [])
  const countermeasures = countermeasuresOf(answered)
  const requirements = answered.map((one) => (one.id === 'CCSC 2' ? withCcsc2(one, countermeasures) : one))
  const frs = summariseFrs(requirements, target.securityLevel)
  return {
    standard: `IEC 62443-4-2:${target.edition}`,
    target,
    scope: scopeSentence,
    ...headlineOf(requirements, frs, target.securityLevel, verification.image),
    vector: frs.map((one) => one.reached),
    frs,
    counts: countVerdicts(requirements),
    requirements,
    countermeasures,
    nextSteps: nextStepsFor(requirements, profile.controls),
    findings
  }
}

/** An enhancement is decided after its requirement. */
function baseFirst(requirements: readonly CatalogueEntry[]): CatalogueEntry[] {
  return [
    ...requirements.filter((entry) => entry.base === undefined),
    ...requirements.filter((entry) => entry.base !== undefined)
  ]
}

function remainsOf(entry: CatalogueEntry, claim: Claim): readonly Remainder[] {
  if (claim.serving.length === 0) return leftToOthers(entry.id)
  return claim.serving
    .flatMap((control) => control.remains)
    .filter((one) => one.requirement === entry.id)
    .map(({ what, owner }) => ({ what, owner }))
}

/** Who does the rest. Where no control says it, the supplier does, and the hardware where software can't. */
function ownersOf(
  entry: CatalogueEntry,
  claim: Claim,
  remains: readonly Remainder[],
  verdict: Assessment['requirements'][number]['verdict']
): Owner[] {
  const named = new Set<Owner>(remains.flatMap((one) => one.owner))
  const unfinished = verdict !== 'met' && verdict !== 'not-applicable'
  if (unfinished && (claim.contribution !== 'full' || named.size === 0)) {
    if (named.size === 0) named.add('supplier')
    if (entry.hardware) named.add('hardware')
  }
  return allOwners.filter((owner) => named.has(owner))
}
