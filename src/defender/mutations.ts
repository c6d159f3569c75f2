/**
 * What the contract of the service permits though no capture shows it: clients that the real service would break the day
 * it made use of that break here. None of it is Microsoft's behaviour.
 */
export interface Mutation {
  what: string
  /** Why a service may answer so. */
  allowed: string
  modes: readonly ResponseMode[]
}

/** `usual` answers are as production's. */
export const responseModes = ['usual', 'sparse', 'legal-worst'] as const
export type ResponseMode = (typeof responseModes)[number]

export const mutations = {
  nulls: {
    what: 'properties that may be null are: all of them when sparse, every fourth in the worst case; ids that other calls need stay',
    allowed: "Nullable in the service's $metadata (OData CSDL 4.0, attribute Nullable)",
    modes: ['sparse', 'legal-worst']
  },
  'empty-collections': {
    what: 'collections in a row are empty: all of them when sparse, every fourth in the worst case',
    allowed: 'an empty collection is an empty array (OData JSON Format 4.0, collections of values)',
    modes: ['sparse', 'legal-worst']
  },
  'empty-value': {
    what: 'every fourth list below an entity (the software of a device, say) has no rows',
    allowed: 'a collection may have no members (OData JSON Format 4.0, collections of entities)',
    modes: ['sparse']
  },
  'empty-page': {
    what: 'the first page has no rows, and a link that leads to them',
    allowed: 'the absence of a link ends a result, nothing else does (OData Protocol 4.0, server-driven paging)',
    modes: ['legal-worst']
  },
  'unknown-properties': {
    what: 'rows have properties and annotations that no document names',
    allowed:
      'a service may add properties without a new version (OData Protocol 4.0, model versioning), and annotations (JSON Format 4.0, instance annotations)',
    modes: ['legal-worst']
  },
  'member-order': {
    what: 'the properties of a row stand in another order, one for each row',
    allowed:
      'an object is an unordered collection (RFC 8259, section 4); what streaming demands, the context first, holds (OData JSON Format 4.0, payload ordering constraints)',
    modes: ['legal-worst']
  },
  'long-names': {
    what: 'names and descriptions are long or hold quotes, emoji, combining and right-to-left characters',
    allowed: "Edm.String without MaxLength in the service's $metadata (OData CSDL 4.0, attribute MaxLength)",
    modes: ['legal-worst']
  },
  'integer-edges': {
    what: 'counts are 0, -1, or beyond what 32 bits, or a double, hold; they are numbers, as always',
    allowed:
      'the range of Edm.Int64 and Edm.Int32 (OData CSDL 4.0, primitive types); IEEE754Compatible=true was not asked for (OData JSON Format 4.0, representation of numbers)',
    modes: ['legal-worst']
  }
} as const satisfies Record<string, Mutation>

export type MutationName = keyof typeof mutations
export const mutationNames = Object.keys(mutations) as MutationName[]
