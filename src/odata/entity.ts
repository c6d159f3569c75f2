/**
 * The columns of a query, read from the JSON Schema of an entity: Edm types stand in standard keywords (`format`,
 * `enum`, a type that allows null), so one schema serves the wire, the documents and the queries.
 */
export interface Entity {
  /** In the service's order. */
  readonly properties: readonly Property[]
  /** A property by its name, without regard to case: clients write `riskscore` and `ComputerDNSName` (observed). */
  find(name: string): Property | undefined
}

/** What can be compared with what. Every number is one family: int64 travels as a JSON number. */
export type Family = 'string' | 'number' | 'boolean' | 'date' | 'guid' | 'enum' | 'complex'

export interface Property {
  readonly name: string
  readonly family: Family
  /** As `$metadata` writes it, for messages: `Edm.Int64`, `RiskScore`. */
  readonly edmType: string
  readonly collection: boolean
  readonly nullable: boolean
  /** Members of an enumeration and the values that order them. */
  readonly members: ReadonlyMap<string, number> | undefined
  /** Properties of a complex type. */
  readonly entity: Entity | undefined
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly title?: string
  readonly enum?: readonly unknown[]
  readonly 'x-enum-values'?: readonly number[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

export function entityOf(schema: object): Entity {
  const properties = Object.entries((schema as Schema).properties ?? {}).map(([name, of]) => propertyOf(name, of))
  const byName = new Map(properties.map(property => [property.name.toLowerCase(), property]))
  return { properties, find: name => byName.get(name.toLowerCase()) }
}

function propertyOf(name: string, schema: Schema): Property {
  const { family, edmType } = typeOf(schema)
  if (family === 'collection') return { ...propertyOf(name, schema.items ?? {}), collection: true }
  const values = schema['x-enum-values']
  const members =
    values === undefined ? undefined : new Map(values.map((value, index) => [String(schema.enum?.[index]), value]))
  return {
    name,
    family,
    edmType,
    collection: false,
    nullable: types(schema).includes('null'),
    members,
    entity: family === 'complex' ? entityOf(schema) : undefined
  }
}

function typeOf(schema: Schema): { family: Family | 'collection'; edmType: string } {
  const of = types(schema)
  if (schema.enum !== undefined) return { family: 'enum', edmType: schema.title ?? 'Edm.String' }
  if (of.includes('array')) return { family: 'collection', edmType: 'Collection' }
  if (of.includes('object')) return { family: 'complex', edmType: schema.title ?? 'a complex type' }
  if (of.includes('integer'))
    return { family: 'number', edmType: schema.format === 'int32' ? 'Edm.Int32' : 'Edm.Int64' }
  if (of.includes('number'))
    return { family: 'number', edmType: schema.format === 'float' ? 'Edm.Single' : 'Edm.Double' }
  if (of.includes('boolean')) return { family: 'boolean', edmType: 'Edm.Boolean' }
  if (schema.format === 'date-time') return { family: 'date', edmType: 'Edm.DateTimeOffset' }
  if (schema.format === 'uuid') return { family: 'guid', edmType: 'Edm.Guid' }
  return { family: 'string', edmType: 'Edm.String' }
}

function types({ type }: Schema): readonly string[] {
  return typeof type === 'string' ? [type] : (type ?? [])
}
