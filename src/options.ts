import { type ResponseMode, responseModes } from './defender/mutations.js'
import { quirkChoices } from './defender/quirks.js'
import { suggestion } from './edit-distance.js'
import { flawOfName } from './tls/names.js'
import { flawOfThrottle } from './traffic/throttle.js'

/**
 * What can be set: one table, from which come the type, the defaults, the flags, the environment variables, the keys of
 * the config file and the help text.
 */

/** The command was used wrongly; exit code 2. The message names the culprit and where it stands. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Options {
  port: number
  httpsPort: number
  proxyPort: number | undefined
  noHttps: boolean
  cert: string | undefined
  key: string | undefined
  tlsName: string[]
  host: string
  publicUrl: string | undefined
  trustProxy: boolean
  config: string | undefined
  dataDir: string | undefined
  seed: number
  machines: number | undefined
  fixtures: string | undefined
  scenario: string
  time: string | undefined
  frozen: boolean
  auth: 'verify' | 'decode' | 'off'
  audience: string[]
  trustIssuer: string[]
  strictTenants: boolean
  maxTenants: number
  journal: number
  onUnhandled: 'warn' | 'exit' | undefined
  pageSize: number | undefined
  profile: 'observed' | 'documented'
  loose: boolean
  quirks: string[]
  responses: ResponseMode
  throttle: string
  allowPrefer: boolean
  adminToken: string | undefined
  noAdmin: boolean
  noDocs: boolean
  logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  json: boolean
}

type Kind =
  | { kind: 'integer'; from: number; to: number }
  | { kind: 'text'; check?: (text: string) => string | undefined }
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'list'; choices?: readonly string[]; check?: (item: string) => string | undefined }
  | { kind: 'switch' }

export interface OptionRow {
  readonly is: Kind
  readonly default: unknown
  /** Stands for the value in the help text. */
  readonly value?: string
  readonly help: string
}

/** Scenarios that are served (`fixtures/worlds`). */
export const scenarios = [
  'typical',
  'healthy',
  'neglected',
  'patch-tuesday',
  'one-machine',
  'empty',
  'huge',
  'edge-cases',
  'learn'
] as const

export const table: { readonly [K in keyof Options]: OptionRow } = {
  port: {
    is: { kind: 'integer', from: 0, to: 65_535 },
    default: 6330,
    value: 'N',
    help: 'port to listen on; 0 picks a free one'
  },
  httpsPort: {
    is: { kind: 'integer', from: 0, to: 65_535 },
    default: 6331,
    value: 'N',
    help: 'port for HTTPS; a free one when --port is given and this is not'
  },
  proxyPort: {
    is: { kind: 'integer', from: 0, to: 65_535 },
    default: undefined,
    value: 'N',
    help: 'a port that is a forward proxy only (the HTTP port is one too)'
  },
  noHttps: { is: { kind: 'switch' }, default: false, help: 'HTTP only' },
  cert: {
    is: { kind: 'text' },
    default: undefined,
    value: 'FILE',
    help: 'your own certificate for HTTPS (PEM, the chain after it), with --key'
  },
  key: { is: { kind: 'text' }, default: undefined, value: 'FILE', help: 'its private key (PEM, no passphrase)' },
  tlsName: {
    is: { kind: 'list', check: flawOfName },
    default: [],
    value: 'NAME',
    help: "a name more in the local certificate, such as a container's (repeatable)"
  },
  host: {
    is: { kind: 'text' },
    default: '127.0.0.1',
    value: 'ADDRESS',
    help: 'address to bind; beyond loopback the control plane wants the admin token'
  },
  publicUrl: {
    is: { kind: 'text', check: httpUrl },
    default: undefined,
    value: 'URL',
    help: 'address to write into links, whatever was asked for'
  },
  trustProxy: { is: { kind: 'switch' }, default: false, help: 'believe X-Forwarded-* headers' },
  config: {
    is: { kind: 'text' },
    default: undefined,
    value: 'FILE',
    help: 'JSON file with these options, in camelCase'
  },
  dataDir: {
    is: { kind: 'text' },
    default: undefined,
    value: 'FOLDER',
    help: "where the signing key and the local CA are kept (the user's data folder by default)"
  },
  seed: {
    is: { kind: 'integer', from: 0, to: Number.MAX_SAFE_INTEGER },
    default: 1,
    value: 'N',
    help: 'which world; the same seed gives the same bytes'
  },
  machines: {
    is: { kind: 'integer', from: 0, to: 1_000_000 },
    default: undefined,
    value: 'N',
    help: "devices to generate (the scenario's number: 500 in typical)"
  },
  fixtures: {
    is: { kind: 'text' },
    default: undefined,
    value: 'FILE',
    help: 'your own tenants, apps, users, products, CVEs, updates and devices (JSON)'
  },
  scenario: {
    is: { kind: 'choice', choices: scenarios },
    default: 'typical',
    value: 'NAME',
    help: `what kind of world: ${scenarios.join(', ')}; "mde-emulator scenarios" describes them`
  },
  time: {
    is: { kind: 'text', check: instant },
    default: undefined,
    value: 'ISO',
    help: 'start the clock at this instant'
  },
  frozen: { is: { kind: 'switch' }, default: false, help: 'stop the clock at its start' },
  auth: {
    is: { kind: 'choice', choices: ['verify', 'decode', 'off'] },
    default: 'verify',
    value: 'MODE',
    help: 'how strictly tokens are checked; production verifies'
  },
  audience: {
    is: { kind: 'list' },
    default: [],
    value: 'URI',
    help: 'accept tokens for this resource too (repeatable)'
  },
  trustIssuer: {
    is: { kind: 'list', check: issuer },
    default: [],
    value: 'URL',
    help: 'accept tokens of this issuer too, by the keys it publishes (repeatable)'
  },
  strictTenants: {
    is: { kind: 'switch' },
    default: false,
    help: 'refuse tenants that nobody described; any other id is a tenant of its own'
  },
  maxTenants: {
    is: { kind: 'integer', from: 1, to: 100_000 },
    default: 1000,
    value: 'N',
    help: 'worlds to keep; the one that was not asked for longest goes'
  },
  journal: {
    is: { kind: 'integer', from: 0, to: 100_000 },
    default: 1000,
    value: 'N',
    help: 'requests to remember, the newest; 0 remembers none'
  },
  onUnhandled: {
    is: { kind: 'choice', choices: ['warn', 'exit'] },
    default: undefined,
    value: 'MODE',
    help: 'what nothing serves (404, 405, 501): warn on stderr, or exit with code 1 too'
  },
  pageSize: {
    is: { kind: 'integer', from: 1, to: 10_000 },
    default: undefined,
    value: 'N',
    help: 'smaller pages, to test paging'
  },
  profile: {
    is: { kind: 'choice', choices: ['observed', 'documented'] },
    default: 'observed',
    value: 'NAME',
    help: 'what live captures show, or only what the pages show'
  },
  loose: { is: { kind: 'switch' }, default: false, help: 'allow every property in $filter' },
  quirks: {
    is: { kind: 'list', choices: quirkChoices },
    default: [],
    value: 'NAMES',
    help: `behaviours of the real service to switch on, or off: ${quirkChoices.join(', ')}`
  },
  responses: {
    is: { kind: 'choice', choices: responseModes },
    default: 'usual',
    value: 'MODE',
    help: 'answers as usual, sparse, or the worst that the contract permits'
  },
  throttle: {
    is: { kind: 'text', check: flawOfThrottle },
    default: 'off',
    value: 'LIMITS',
    help: 'limit calls as documented, or N/1m for every endpoint (per application and tenant)'
  },
  allowPrefer: {
    is: { kind: 'switch' },
    default: false,
    help: 'let a call ask for its own failure: Prefer: code=503'
  },
  adminToken: {
    is: { kind: 'text', check: tokenText },
    default: undefined,
    value: 'TOKEN',
    help: 'what the control plane wants; generated beyond loopback when absent'
  },
  noAdmin: { is: { kind: 'switch' }, default: false, help: 'no control plane' },
  noDocs: { is: { kind: 'switch' }, default: false, help: 'no Swagger UI and no OpenAPI documents' },
  logLevel: {
    is: { kind: 'choice', choices: ['silent', 'error', 'warn', 'info', 'debug'] },
    default: 'warn',
    value: 'LEVEL',
    help: 'what is logged to stderr'
  },
  json: { is: { kind: 'switch' }, default: false, help: 'print one line of JSON when ready, and nothing else' }
}

const names = Object.keys(table) as (keyof Options)[]

/** `pageSize` as a flag: `--page-size`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** `pageSize` as a variable: `MDE_EMULATOR_PAGE_SIZE`. */
export function variableOf(name: string): string {
  return `MDE_EMULATOR_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** Some options, checked, and the rest at their defaults. `where` says where a value stands, for messages. */
export function resolveOptions(
  given: Partial<Record<keyof Options, unknown>>,
  where: (name: string) => string = name => `option ${name}`
): Options {
  const options: Record<string, unknown> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) {
      throw new UsageError(`unknown ${where(name)}${suggestion(name, names)}`)
    }
  }
  for (const name of names) {
    const row = table[name]
    options[name] = given[name] === undefined ? row.default : checked(row, given[name], where(name))
  }
  refuseContradictions(given, options as unknown as Options, where)
  // Who chose a port may run several: they must not fight for the one that was not chosen.
  if (given.httpsPort === undefined && given.port !== undefined) options.httpsPort = 0
  return options as unknown as Options
}

function refuseContradictions(
  given: Partial<Record<keyof Options, unknown>>,
  { noAdmin, adminToken, noHttps, cert, key, tlsName, journal, onUnhandled, scenario, machines = 0 }: Options,
  where: (name: string) => string
): void {
  const refuse = (one: string, other: string, why: string): never => {
    throw new UsageError(`${where(one)} and ${where(other)} contradict each other: ${why}`)
  }
  if (noAdmin && adminToken !== undefined) refuse('noAdmin', 'adminToken', 'there is no plane to guard')
  if (journal === 0 && onUnhandled !== undefined) refuse('journal', 'onUnhandled', 'what is not noted is not noticed')
  if (scenario === 'learn' && machines > 0) refuse('scenario', 'machines', 'the examples of the pages have no fleet')
  if (noHttps) {
    for (const name of ['httpsPort', 'proxyPort', 'cert', 'key'] as const) {
      if (given[name] !== undefined) refuse('noHttps', name, 'there is no HTTPS')
    }
    if (tlsName.length > 0) refuse('noHttps', 'tlsName', 'there is no HTTPS')
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [one, other] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
    throw new UsageError(`${where(one!)} needs ${flagOf(other!)} too: a certificate and its key go together`)
  }
  if (cert !== undefined && tlsName.length > 0) refuse('cert', 'tlsName', 'your own certificate has the names it has')
}

/** The options in environment variables. Those that Kubernetes injects for a service of this name are not ours. */
export function fromEnvironment(environment: NodeJS.ProcessEnv): Partial<Record<keyof Options, string>> {
  const given: Partial<Record<keyof Options, string>> = {}
  const known = new Map(names.map(name => [variableOf(name), name]))
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('MDE_EMULATOR_') || value === undefined) continue
    if (/^MDE_EMULATOR_(SERVICE|PORT)_/.test(variable)) continue
    // Where another one runs: `run` tells its program so.
    if (variable === 'MDE_EMULATOR_URL') continue
    if (variable === 'MDE_EMULATOR_PORT' && /^\w+:\/\//.test(value)) continue
    const name = known.get(variable)
    if (name === undefined) {
      throw new UsageError(`unknown variable ${variable}${suggestion(variable, [...known.keys()])}`)
    }
    if (value !== '') given[name] = value
  }
  return given
}

/** The help text's list of options. */
export function optionsHelp(): string {
  return names
    .map(name => {
      const row = table[name]
      const shown = Array.isArray(row.default) ? row.default.join(',') : row.default
      const fallback = shown === undefined || shown === '' || shown === false ? '' : ` (${shown})`
      return `  ${`${flagOf(name)}${row.value === undefined ? '' : ` ${row.value}`}`.padEnd(24)} ${row.help}${fallback}\n${' '.repeat(27)}${variableOf(name)}`
    })
    .join('\n')
}

function checked({ is }: OptionRow, value: unknown, where: string): unknown {
  const refuse = (expected: string): never => {
    throw new UsageError(`${where} is ${JSON.stringify(value)}; it must be ${expected}`)
  }
  switch (is.kind) {
    case 'switch':
      if (value === true || value === 'true' || value === '1') return true
      if (value === false || value === 'false' || value === '0') return false
      return refuse('true or false')
    case 'integer': {
      const text = String(value).trim()
      const number = Number(text)
      const fits = /^\d+$/.test(text) && Number.isSafeInteger(number) && number >= is.from && number <= is.to
      return fits ? number : refuse(`a whole number from ${is.from} to ${is.to}`)
    }
    case 'choice':
      return is.choices.includes(String(value))
        ? value
        : refuse(`one of ${is.choices.join(', ')}${suggestion(String(value), is.choices)}`)
    case 'list': {
      const items = (Array.isArray(value) ? value : [value])
        .flatMap(item => String(item).split(/[\s,]+/))
        .filter(Boolean)
      for (const item of items) {
        if (is.choices !== undefined && !is.choices.includes(item)) {
          throw new UsageError(
            `${where} names "${item}"; known are ${is.choices.join(', ')}${suggestion(item, is.choices)}`
          )
        }
        const expected = is.check?.(item)
        if (expected !== undefined) throw new UsageError(`${where} names "${item}"; it must be ${expected}`)
      }
      return items
    }
    default: {
      if (typeof value !== 'string' || value.trim() === '') return refuse('a text')
      const expected = is.check?.(value)
      return expected === undefined ? value : refuse(expected)
    }
  }
}

function httpUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  return fits ? undefined : 'an http or https address without query, such as https://mde.example.test'
}

function issuer(text: string): string | undefined {
  const expected = 'an issuer of tokens, such as https://login.microsoftonline.com/<tenant id>/v2.0'
  if (httpUrl(text) !== undefined) return expected
  const { host, pathname } = new URL(text)
  // Tokens name their tenant by its id; a domain would never be found in one.
  const ofMicrosoft = /(^|\.)(microsoftonline\.(com|us)|windows\.net)$/.test(host)
  return ofMicrosoft && !/^\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\/|$)/i.test(pathname) ? expected : undefined
}

function instant(text: string): string | undefined {
  const fits =
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(Date.parse(text))
  return fits ? undefined : 'an instant in ISO 8601, such as 2026-06-30T09:00:00Z'
}

function tokenText(text: string): string | undefined {
  return /^[\x21-\x7e]{8,200}$/.test(text) ? undefined : '8 to 200 visible ASCII characters'
}
