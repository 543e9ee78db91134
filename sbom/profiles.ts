import { parseExpression } from '../lib/debian/copyright/expression.ts'
import {
  isSource,
  propertyValues,
  record,
  records,
  strings,
  text,
  type Loose,
  type ReadComponent,
  type ReadDocument
} from './read-document.ts'

/** Lists of fields a document is scored against. */
export type Profile = 'bsi' | 'ntia' | 'cisa'

interface Rule {
  id: string
  title: string
  clause: string
  level: 'required' | 'additional'
}

/** A field of a profile and how to see that it is there. */
export type FieldRule =
  | (Rule & { of: 'document'; holds: (document: ReadDocument) => boolean })
  | (Rule & { of: 'component'; holds: (document: ReadDocument) => (component: ReadComponent) => boolean })

/** Whether a component counts for a score: delivered, and a thing of its own. */
export function isScored(one: ReadComponent): boolean {
  return !isSource(one) && !['operating-system', 'file', 'data'].includes(one.type)
}

const bsi: readonly FieldRule[] = [
  ofDocument('sbom-creator', 'Creator of the SBOM, with mail or url', '5.2.1', ({ metadata }) =>
    hasAddress(metadata['manufacturer'])
  ),
  ofDocument('timestamp', 'Timestamp', '5.2.1', hasTimestamp),
  ofDocument(
    'no-vulnerabilities',
    'No vulnerability information',
    'scope',
    ({ raw }) => records(raw['vulnerabilities']).length === 0
  ),
  ofComponent('creator', 'Component creator, with mail or url', '5.2.2', ({ raw }) =>
    hasAddress(raw['manufacturer'])
  ),
  ofComponent('name', 'Component name', '5.2.2', ({ name }) => name !== ''),
  ofComponent('version', 'Component version', '5.2.2', ({ version }) => version !== ''),
  ofComponent('filename', 'File name', '5.2.2', (one) =>
    propertyValues(one, 'bsi:component:filename').some((value) => value !== '')
  ),
  inGraph('dependencies', '5.2.2'),
  {
    ...rule('completeness', 'Completeness of the dependencies', '5.2.2'),
    of: 'component',
    holds: ({ raw }) => {
      const told = new Set(records(raw['compositions']).flatMap((one) => strings(one['dependencies'])))
      return ({ reference }) => told.has(reference)
    }
  },
  ofComponent('distribution-licence', 'Distribution licence: an SPDX expression, concluded', '5.2.2', (one) =>
    hasExpression(one, 'concluded')
  ),
  ofComponent('hash', 'SHA-512 of the deployable component', '5.2.2', (one) =>
    references(one, 'distribution').some((ref) => hasHash(ref, 'SHA-512'))
  ),
  ofComponent(
    'executable',
    'Executable property',
    '5.2.2',
    flag('executable', ['executable', 'non-executable'])
  ),
  ofComponent('archive', 'Archive property', '5.2.2', flag('archive', ['archive', 'no archive'])),
  ofComponent(
    'structured',
    'Structured property',
    '5.2.2',
    flag('structured', ['structured', 'unstructured'])
  ),
  additional(ofDocument('sbom-uri', 'SBOM-URI', 'additional', ({ raw }) => text(raw['serialNumber']) !== '')),
  additional(
    ofComponent(
      'source-uri',
      'Source code URI',
      'additional',
      (one) => references(one, 'source-distribution').length > 0
    )
  ),
  additional(
    ofComponent('deployable-uri', 'URI of the deployable form', 'additional', (one) =>
      references(one, 'distribution').some((ref) => /^[a-z][a-z0-9+.-]*:/i.test(text(ref['url'])))
    )
  ),
  additional(ofComponent('identifier', 'Other unique identifier', 'additional', hasIdentifier)),
  additional(
    ofComponent('original-licence', 'Original licence: an SPDX expression, declared', 'additional', (one) =>
      hasExpression(one, 'declared')
    )
  )
]

const ntia: readonly FieldRule[] = [
  ofDocument('author', 'Author of the SBOM data', 'NTIA 2021', hasAuthor),
  ofDocument('timestamp', 'Timestamp', 'NTIA 2021', hasTimestamp),
  ofComponent('supplier', 'Supplier name', 'NTIA 2021', hasSupplier),
  ofComponent('name', 'Component name', 'NTIA 2021', ({ name }) => name !== ''),
  ofComponent('version', 'Version', 'NTIA 2021', ({ version }) => version !== ''),
  ofComponent('identifier', 'Other unique identifier', 'NTIA 2021', hasIdentifier),
  inGraph('dependencies', 'NTIA 2021')
]

const cisa: readonly FieldRule[] = [
  ...ntia.map((one) => ({
    ...one,
    clause: 'CISA 2025 draft',
    ...(one.id === 'supplier' && { id: 'producer', title: 'Software producer' })
  })),
  ofComponent(
    'hash',
    'Component hash with algorithm',
    'CISA 2025 draft',
    (one) => hasHash(one.raw) || references(one, 'distribution').some((ref) => hasHash(ref))
  ),
  ofComponent('licence', 'Licence', 'CISA 2025 draft', ({ raw }) => records(raw['licenses']).length > 0),
  ofDocument('tool', 'Tool name', 'CISA 2025 draft', ({ metadata }) => toolNames(metadata).length > 0),
  ofDocument(
    'context',
    'Generation context',
    'CISA 2025 draft',
    ({ metadata }) => records(metadata['lifecycles']).length > 0
  )
]

/** The fields of each profile. */
export const profiles: Readonly<Record<Profile, readonly FieldRule[]>> = { bsi, ntia, cisa }

function rule(id: string, title: string, clause: string): Rule {
  return { id, title, clause, level: 'required' }
}

function ofDocument(
  id: string,
  title: string,
  clause: string,
  holds: (document: ReadDocument) => boolean
): FieldRule {
  return { ...rule(id, title, clause), of: 'document', holds }
}

function ofComponent(
  id: string,
  title: string,
  clause: string,
  holds: (component: ReadComponent) => boolean
): FieldRule {
  return { ...rule(id, title, clause), of: 'component', holds: () => holds }
}

function additional(one: FieldRule): FieldRule {
  return { ...one, level: 'additional' }
}

/** A component has its relationships told when the graph has an entry for it, be it an empty one. */
function inGraph(id: string, clause: string): FieldRule {
  return {
    ...rule(id, 'Dependency relationships', clause),
    of: 'component',
    holds:
      ({ dependencies }) =>
      ({ reference }) =>
        dependencies.has(reference)
  }
}

/** Each of BSI's flags stands exactly once, with one of its two values. */
function flag(name: string, values: readonly string[]) {
  return (one: ReadComponent): boolean => {
    const found = propertyValues(one, `bsi:component:${name}`)
    return found.length === 1 && values.includes(found[0] ?? '')
  }
}

function hasAddress(organization: unknown): boolean {
  const { url, contact } = record(organization)
  return strings(url).some((one) => one !== '') || records(contact).some((one) => text(one['email']) !== '')
}

function hasTimestamp({ metadata }: ReadDocument): boolean {
  return !Number.isNaN(Date.parse(text(metadata['timestamp'])))
}

function hasAuthor({ metadata }: ReadDocument): boolean {
  const named = [
    metadata['manufacturer'],
    metadata['manufacture'],
    metadata['supplier'],
    ...records(metadata['authors'])
  ]
  return named.some((one) => text(record(one)['name']) !== '' || hasAddress(one))
}

function hasSupplier({ raw }: ReadComponent): boolean {
  const named = [raw['supplier'], raw['manufacturer'], ...records(raw['authors'])]
  return (
    named.some((one) => text(record(one)['name']) !== '') ||
    text(raw['publisher']) !== '' ||
    text(raw['author']) !== ''
  )
}

function hasIdentifier({ raw, purl }: ReadComponent): boolean {
  return (
    purl !== '' ||
    text(raw['cpe']) !== '' ||
    text(record(raw['swid'])['tagId']) !== '' ||
    strings(raw['swhid']).length > 0
  )
}

/** In 1.6 a second expression can stand under `evidence` alone. */
function hasExpression({ raw }: ReadComponent, acknowledgement: string): boolean {
  return [...records(raw['licenses']), ...records(record(raw['evidence'])['licenses'])].some(
    (one) =>
      one['acknowledgement'] === acknowledgement && parseExpression(text(one['expression'])) !== undefined
  )
}

function references({ raw }: ReadComponent, type: string): readonly Loose[] {
  return records(raw['externalReferences']).filter((one) => one['type'] === type && text(one['url']) !== '')
}

function hasHash(thing: Loose, algorithm?: string): boolean {
  return records(thing['hashes']).some(
    (one) => text(one['content']) !== '' && (algorithm === undefined || one['alg'] === algorithm)
  )
}

function toolNames(metadata: Loose): readonly string[] {
  const { tools } = metadata
  return [...records(tools), ...records(record(tools)['components']), ...records(record(tools)['services'])]
    .map((one) => text(one['name']))
    .filter((name) => name !== '')
}
