/** A behaviour of the real service, or of its pages, that clients meet and that can be switched on and off. */
export interface Quirk {
  /** What happens, and what happens without it where that is not plain. */
  what: string
  /** When it was seen. */
  since: string
  /** `documented`, `observed` or `assumed`, as everywhere (`evidence.ts`). */
  level: 'documented' | 'observed' | 'assumed'
  source: string
  /** What a client does about it. */
  survive: string
  /** Whether it is on when nobody says anything. */
  usual: boolean
}

export const quirks = {
  'top-drops-nextlink': {
    what: 'with $top there is no @odata.nextLink, however many rows remain; without the quirk there is one while rows remain (assumed)',
    since: '2022',
    level: 'observed',
    source: 'MicrosoftDocs/microsoft-365-docs#8489, #8316',
    survive: 'page with $top and $skip until a page comes short, or ask without $top and follow the links',
    usual: true
  },
  'nextlink-mangled-loop': {
    what: 'after a $filter the link loses the names of its options and always leads to the second page: ?=...&$skip=10000',
    since: '2022',
    level: 'observed',
    source: 'MicrosoftDocs/microsoft-365-docs#8316',
    survive: 'stop when a link comes a second time; page with $top and $skip where there is a $filter',
    usual: false
  },
  'getmissingkbs-flaky-404': {
    what: 'now and then (about one call of ten, an assumption) a device that exists is not found by getmissingkbs; the next call finds it',
    since: 'October 2023',
    level: 'observed',
    source: 'MicrosoftDocs/microsoft-365-docs#13047',
    survive: 'ask again before a device counts as gone',
    usual: false
  },
  'documented-429-code': {
    what: 'a call too many is refused with the code TooManyRequests, not "429"',
    since: 'the page common-errors',
    level: 'documented',
    source: 'common-errors; live answers have "429" (minemeld-wd-atp, 2022)',
    survive: 'look at the status, not at the code',
    usual: false
  },
  'unknown-software-empty': {
    what: 'software that nobody has is answered 200 with an empty value, not 404',
    since: 'never seen',
    level: 'assumed',
    source: 'no page says what happens; a public log has 404 for machineReferences',
    survive: 'take an empty list and a 404 for the same',
    usual: false
  },
  'hide-superseded': {
    what: 'a missing KB that another missing KB contains is left out',
    since: 'never seen',
    level: 'assumed',
    source: 'no page says whether they are listed',
    survive: 'do not count on a KB being there because a newer one is',
    usual: false
  },
  'legacy-403-text': {
    what: 'a missing application permission is refused in the words of 2021: "The application does not have any of the required application permissions (...) to access the resource."',
    since: 'August 2021, until 2022',
    level: 'observed',
    source: 'MicrosoftDocs/microsoft-365-docs#6053, #6056, #6061',
    survive: 'look at the code Forbidden, not at the message',
    usual: false
  },
  'piped-target': {
    what: 'target of an error is a hierarchical request id, |<hex>-<hex>., not a GUID',
    since: 'October 2023',
    level: 'observed',
    source: 'MicrosoftDocs/microsoft-365-docs#13047 (how it goes on after "|3" is assumed)',
    survive: 'take target as text',
    usual: false
  }
} as const satisfies Record<string, Quirk>

export type QuirkName = keyof typeof quirks
export const quirkNames = Object.keys(quirks) as QuirkName[]

/** What `--quirks` takes: names, and those that are on of themselves after `no-`. */
export const quirkChoices: readonly string[] = quirkNames.map(name => (quirks[name].usual ? `no-${name}` : name))
