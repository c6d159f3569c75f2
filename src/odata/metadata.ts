import { type Entity, entityOf, type Property } from './entity.js'

/*
 * The model of a service as CSDL 4.0: XML (OData Common Schema Definition Language XML Representation 4.01, used as 4.0)
 * and JSON (…JSON Representation 4.01).
 */

/** Navigation properties: to which type, and whether to many. */
export type Navigation = Readonly<Record<string, { readonly to: string; readonly collection: boolean }>>

/** A structured type. */
export interface ModelType {
  readonly name: string
  /** Its own properties and, when it has a base, the inherited ones. */
  readonly schema: object
  /** Makes it an entity type. */
  readonly key?: string | undefined
  readonly base?: { readonly name: string; readonly properties: readonly string[] } | undefined
  /** Properties that stand elsewhere than in the schema: each after which. */
  readonly after?: Readonly<Record<string, string>> | undefined
  readonly navigation?: Navigation | undefined
}

/** A function bound to an entity or to a collection of entities, that returns a collection, or one of them. */
export interface ModelFunction {
  readonly name: string
  readonly to: string
  readonly collection?: boolean
  /** Besides the binding parameter; their types with namespace. */
  readonly parameters?: readonly { readonly name: string; readonly type: string }[]
  readonly returns: string
  /** It returns one. */
  readonly single?: boolean
}

export interface ModelDescription {
  readonly namespace: string
  readonly container: string
  readonly types: readonly ModelType[]
  readonly functions: readonly ModelFunction[]
  readonly sets: readonly { readonly name: string; readonly type: string }[]
}

interface StructuredType {
  name: string
  key: string | undefined
  base: string | undefined
  properties: readonly Property[]
  navigation?: Navigation | undefined
}

interface EnumType {
  name: string
  members: ReadonlyMap<string, number>
}

/** A model, read from its schemas once and written as often as it is asked for. */
export class Metadata {
  readonly #model: ModelDescription
  readonly #structured: StructuredType[] = []
  readonly #enums = new Map<string, EnumType>()

  constructor(model: ModelDescription) {
    this.#model = model
    for (const { name, schema, key, base, after = {}, navigation } of model.types) {
      const properties = ordered(entityOf(schema), after)
      if (base !== undefined) {
        const inherited = properties.filter(property => base.properties.includes(property.name))
        this.#add({ name: base.name, key, base: undefined, properties: inherited })
        const own = properties.filter(property => !base.properties.includes(property.name))
        this.#add({ name, key: undefined, base: base.name, properties: own, navigation })
      } else {
        this.#add({ name, key, base: undefined, properties, navigation })
      }
    }
  }

  get sets(): ModelDescription['sets'] {
    return this.#model.sets
  }

  xml(): string {
    const { namespace, container, functions, sets } = this.#model
    const entities = this.#structured.filter(type => this.#isEntity(type))
    const complex = this.#structured.filter(type => !this.#isEntity(type))
    const lines = [
      ...[...entities, ...complex].flatMap(type => this.#xmlType(type)),
      ...[...this.#enums.values()].flatMap(({ name, members }) => [
        `<EnumType Name="${name}">`,
        ...[...members].map(([member, value]) => `  <Member Name="${member}" Value="${value}" />`),
        '</EnumType>'
      ]),
      ...functions.flatMap(({ name, to, collection = false, parameters = [], returns, single = false }) => [
        `<Function Name="${name}" IsBound="true">`,
        `  <Parameter Name="bindingParameter" Type="${collection ? `Collection(${namespace}.${to})` : `${namespace}.${to}`}" />`,
        ...parameters.map(parameter => `  <Parameter Name="${parameter.name}" Type="${parameter.type}" />`),
        `  <ReturnType Type="${single ? `${namespace}.${returns}` : `Collection(${namespace}.${returns})`}" />`,
        '</Function>'
      ]),
      `<EntityContainer Name="${container}">`,
      ...sets.map(({ name, type }) => `  <EntitySet Name="${name}" EntityType="${namespace}.${type}" />`),
      '</EntityContainer>'
    ]
    return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="${namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">
${lines.map(line => `      ${line}`).join('\n')}
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`
  }

  json(): object {
    const { namespace, container, functions, sets } = this.#model
    const overloads: Record<string, object[]> = {}
    for (const { name, to, collection = false, parameters = [], returns, single = false } of functions) {
      // The service gives one name to a type and to a function (`Software`). XML bears it, an object has one member of a
      // name: the type.
      if (this.#structured.some(type => type.name === name)) continue
      const list = overloads[name] ?? []
      overloads[name] = list
      list.push({
        $Kind: 'Function',
        $IsBound: true,
        $Parameter: [
          {
            $Name: 'bindingParameter',
            ...(collection && { $Collection: true }),
            $Type: `${namespace}.${to}`,
            ...(!collection && { $Nullable: true })
          },
          ...parameters.map(parameter => ({
            $Name: parameter.name,
            ...(parameter.type !== 'Edm.String' && { $Type: parameter.type }),
            $Nullable: true
          }))
        ],
        $ReturnType: {
          ...(!single && { $Collection: true }),
          $Type: `${namespace}.${returns}`,
          ...(single && { $Nullable: true })
        }
      })
    }
    return {
      $Version: '4.01',
      $EntityContainer: `${namespace}.${container}`,
      [namespace]: {
        ...Object.fromEntries(this.#structured.map(type => [type.name, this.#jsonType(type)])),
        ...Object.fromEntries(
          [...this.#enums.values()].map(({ name, members }) => [
            name,
            { $Kind: 'EnumType', ...Object.fromEntries(members) }
          ])
        ),
        ...overloads,
        [container]: {
          $Kind: 'EntityContainer',
          ...Object.fromEntries(
            sets.map(({ name, type }) => [name, { $Collection: true, $Type: `${namespace}.${type}` }])
          )
        }
      }
    }
  }

  /** With the types of its properties, which stand before it. */
  #add(type: StructuredType): void {
    if (this.#structured.some(({ name }) => name === type.name)) return
    for (const { family, edmType, members, entity } of type.properties) {
      if (members !== undefined) this.#enums.set(edmType, { name: edmType, members })
      if (family === 'complex') {
        this.#add({ name: edmType, key: undefined, base: undefined, properties: entity!.properties })
      }
    }
    this.#structured.push(type)
  }

  #isEntity({ key, base }: StructuredType): boolean {
    if (base === undefined) return key !== undefined
    return this.#structured.some(type => type.name === base && this.#isEntity(type))
  }

  #xmlType(type: StructuredType): string[] {
    const element = this.#isEntity(type) ? 'EntityType' : 'ComplexType'
    const base = type.base === undefined ? '' : ` BaseType="${this.#model.namespace}.${type.base}"`
    return [
      `<${element} Name="${type.name}"${base}>`,
      ...(type.key === undefined ? [] : ['  <Key>', `    <PropertyRef Name="${type.key}" />`, '  </Key>']),
      ...type.properties.map(property => {
        const of = this.#typeOf(property)
        const required = property.nullable || property.collection ? '' : ' Nullable="false"'
        return `  <Property Name="${property.name}" Type="${property.collection ? `Collection(${of})` : of}"${required} />`
      }),
      ...Object.entries(type.navigation ?? {}).map(([name, { to, collection }]) => {
        const of = `${this.#model.namespace}.${to}`
        return `  <NavigationProperty Name="${name}" Type="${collection ? `Collection(${of})` : of}" />`
      }),
      `</${element}>`
    ]
  }

  #jsonType(type: StructuredType): object {
    return {
      $Kind: this.#isEntity(type) ? 'EntityType' : 'ComplexType',
      ...(type.base !== undefined && { $BaseType: `${this.#model.namespace}.${type.base}` }),
      ...(type.key !== undefined && { $Key: [type.key] }),
      ...Object.fromEntries(
        type.properties.map(property => {
          const of = this.#typeOf(property)
          return [
            property.name,
            {
              ...(property.collection && { $Collection: true }),
              ...(of !== 'Edm.String' && { $Type: of }),
              ...(property.nullable && !property.collection && { $Nullable: true })
            }
          ]
        })
      ),
      ...Object.fromEntries(
        Object.entries(type.navigation ?? {}).map(([name, { to, collection }]) => [
          name,
          {
            $Kind: 'NavigationProperty',
            ...(collection && { $Collection: true }),
            $Type: `${this.#model.namespace}.${to}`,
            ...(!collection && { $Nullable: true })
          }
        ])
      )
    }
  }

  #typeOf({ edmType, family }: Property): string {
    return family === 'complex' || family === 'enum' ? `${this.#model.namespace}.${edmType}` : edmType
  }
}

function ordered({ properties }: Entity, after: Readonly<Record<string, string>>): Property[] {
  const list = properties.filter(({ name }) => !Object.hasOwn(after, name))
  for (const [name, before] of Object.entries(after)) {
    const moved = properties.find(property => property.name === name)!
    list.splice(list.findIndex(property => property.name === before) + 1, 0, moved)
  }
  return list
}
