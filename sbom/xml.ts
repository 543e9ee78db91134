import { XMLBuilder } from 'fast-xml-parser'

type Json = Readonly<Record<string, unknown>>
/** Element -> its content; `@name` is an attribute, `#` the text; a list repeats the element. */
type Xml = Record<string, unknown>

/** What XML 1.0 can't carry at all, 2.2 "Characters". */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const plain = (value: unknown): string => String(value).replace(unwritable, '\ufffd')

const record = (value: unknown): Json => value as Json
const records = (value: unknown): readonly Json[] => value as readonly Json[]

/** How one field of an object is written; the order of a table is that of the schema's sequence. */
type Field = (value: unknown) => Xml
type Table = Readonly<Record<string, Field>>

/** An object by its table. A field nobody knows is our mistake: nothing may get lost on the way. */
function write(object: Json, table: Table): Xml {
  const lost = Object.keys(object).find((key) => object[key] !== undefined && !(key in table))
  if (lost !== undefined) throw new Error(`sbom/xml.ts does not know the field '${lost}'`)
  const parts = Object.entries(table).map(([key, field]) =>
    object[key] === undefined ? {} : field(object[key])
  )
  return Object.assign({}, ...parts) as Xml
}

const text =
  (element: string): Field =>
  (value) => ({ [element]: Array.isArray(value) ? value.map(plain) : plain(value) })
const one =
  (element: string, table: Table): Field =>
  (value) => ({ [element]: write(record(value), table) })
const many =
  (element: string, table: Table): Field =>
  (value) => ({ [element]: records(value).map((each) => write(each, table)) })
/** A list inside an element of its own: `<hashes><hash/></hashes>`. */
const list =
  (outer: string, element: string, table: Table): Field =>
  (value) => ({ [outer]: many(element, table)(value) })
const references =
  (outer: string, element: string): Field =>
  (value) => ({ [outer]: { [element]: (value as readonly string[]).map((ref) => ({ '@ref': plain(ref) })) } })

const organization = {
  name: text('name'),
  url: text('url'),
  contact: many('contact', { email: text('email') })
}
const hashes = list('hashes', 'hash', { alg: text('@alg'), content: text('#') })
const properties = list('properties', 'property', { name: text('@name'), value: text('#') })
const attachment = one('text', { contentType: text('@content-type'), content: text('#') })

const license = { id: text('id'), name: text('name'), text: attachment }
const expression = { acknowledgement: text('@acknowledgement'), expression: text('#') }
const expressionDetailed = {
  acknowledgement: text('@acknowledgement'),
  expression: text('@expression'),
  expressionDetails: many('details', { licenseIdentifier: text('@license-identifier'), text: attachment })
}

const licenses: Field = (value) => {
  const all = records(value)
  const having = (key: string) => all.filter((each) => each[key] !== undefined)
  const plainOnes = having('expression').filter((each) => each['expressionDetails'] === undefined)
  const groups: Xml = {
    license: having('license').map((each) => write(record(each['license']), license)),
    expression: plainOnes.map((each) => write(each, expression)),
    'expression-detailed': having('expressionDetails').map((each) => write(each, expressionDetailed))
  }
  return { licenses: groups }
}

const method = { technique: text('technique'), confidence: text('confidence'), value: text('value') }
const identity = {
  field: text('field'),
  confidence: text('confidence'),
  methods: list('methods', 'method', method)
}

const component: Table = {
  type: text('@type'),
  'bom-ref': text('@bom-ref'),
  supplier: one('supplier', organization),
  manufacturer: one('manufacturer', organization),
  name: text('name'),
  version: text('version'),
  description: text('description'),
  scope: text('scope'),
  hashes,
  licenses,
  copyright: text('copyright'),
  cpe: text('cpe'),
  purl: text('purl'),
  externalReferences: list('externalReferences', 'reference', {
    type: text('@type'),
    url: text('url'),
    comment: text('comment'),
    hashes
  }),
  properties,
  evidence: one('evidence', { identity: many('identity', identity), licenses })
}

const metadata: Table = {
  timestamp: text('timestamp'),
  lifecycles: list('lifecycles', 'lifecycle', { phase: text('phase') }),
  tools: one('tools', { components: list('components', 'component', component) }),
  component: one('component', component),
  manufacturer: one('manufacturer', organization),
  supplier: one('supplier', organization),
  properties
}

const dependency: Table = {
  ref: text('@ref'),
  dependsOn: (value) => ({ dependency: (value as readonly string[]).map((ref) => ({ '@ref': plain(ref) })) })
}

const composition: Table = {
  aggregate: text('aggregate'),
  assemblies: references('assemblies', 'assembly'),
  dependencies: references('dependencies', 'dependency')
}

const nothing: Field = () => ({})

const document: Table = {
  $schema: nothing,
  bomFormat: nothing,
  specVersion: (value) => ({ '@xmlns': `http://cyclonedx.org/schema/bom/${plain(value)}` }),
  serialNumber: text('@serialNumber'),
  version: text('@version'),
  metadata: one('metadata', metadata),
  components: list('components', 'component', component),
  dependencies: list('dependencies', 'dependency', dependency),
  compositions: list('compositions', 'composition', composition)
}

/**
 * A CycloneDX JSON document of ours as CycloneDX XML: the same content, serial number included, in the order of the
 * XML schema. Made from the finished JSON, so that neither can have what the other lacks; characters that XML
 * can't carry become U+FFFD.
 * @throws Error for a field that `document.ts` writes and this table does not know.
 */
export function toXml(json: string): string {
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const builder = new XMLBuilder({
    attributeNamePrefix: '@',
    textNodeName: '#',
    ignoreAttributes: false,
    suppressBooleanAttributes: false,
    format: true,
    indentBy: '  '
  })
  const bom = write(record(JSON.parse(json)), document)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ bom })}`
}
