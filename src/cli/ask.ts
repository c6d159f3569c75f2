import { UsageError } from '../options.js'
import { type Flags, parseFlags } from './arguments.js'
import type { Terminal } from './start.js'

/** Commands that ask a running emulator. */
const where: Flags = {
  url: { value: 'URL', help: 'the emulator to ask (http://127.0.0.1:6330)' },
  'admin-token': { value: 'TOKEN', help: 'what its control plane wants, if it wants one' }
}

export const tokenFlags: Flags = {
  ...where,
  tenant: { value: 'ID', help: 'tenant id or domain' },
  'client-id': { value: 'ID', help: 'application id' },
  role: { value: 'NAME', repeatable: true, help: 'application permission, such as Software.Read.All (repeatable)' },
  scope: { value: 'NAME', repeatable: true, help: 'delegated permission, such as Software.Read (repeatable)' },
  audience: { value: 'URI', help: 'resource that it is for' },
  issuer: { value: 'URI', help: 'who says to have issued it' },
  'not-before': { value: 'WHEN', help: 'ISO 8601 instant, or seconds from now' },
  'expires-in': { value: 'SECONDS', help: 'negative for an expired token' },
  user: { value: 'NAME', help: 'user principal name' },
  key: { value: 'KEY', help: 'current or foreign' },
  alg: { value: 'ALG', help: 'RS256, none or HS256' },
  json: { help: 'print the claims too' }
}

export const checkFlags: Flags = { ...where, tenant: { value: 'ID', help: 'tenant id' } }
export const healthFlags: Flags = { url: where.url! }

/** Prints a token that the running emulator mints. */
export async function token(args: readonly string[], terminal: Terminal): Promise<void> {
  const given = parseFlags(args, tokenFlags)
  const seconds = (name: string) => {
    const text = given[name]
    if (text === undefined) return undefined
    if (!/^-?\d+$/.test(String(text)))
      throw new UsageError(`--${name} is "${text}"; it must be a whole number of seconds`)
    return Number(text)
  }
  const notBefore = /^-?\d+$/.test(String(given['not-before'])) ? seconds('not-before') : given['not-before']
  const spec = {
    tenant: given.tenant,
    clientId: given['client-id'],
    roles: given.role,
    scopes: given.scope,
    audience: given.audience,
    issuer: given.issuer,
    notBefore,
    expiresIn: seconds('expires-in'),
    user: given.user,
    key: given.key,
    alg: given.alg
  }
  const answer = await ask(terminal, given, '/_emulator/tokens', spec)
  const { access_token } = answer as { access_token: string }
  terminal.out(`${given.json === true ? JSON.stringify(answer) : access_token}\n`)
}

/** Says whether the world of the running emulator contradicts itself. */
export async function check(args: readonly string[], terminal: Terminal): Promise<void> {
  const given = parseFlags(args, checkFlags)
  const query = given.tenant === undefined ? '' : `?tenant=${encodeURIComponent(String(given.tenant))}`
  const { checked, violations } = (await ask(terminal, given, `/_emulator/invariants${query}`)) as {
    checked: number
    violations: { equation: string; expected: unknown; actual: unknown; where: string }[]
  }
  for (const { equation, expected, actual, where: place } of violations) {
    terminal.warn(`${place}: ${equation}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`)
  }
  if (violations.length > 0) throw new Error(`${violations.length} of ${checked} equations do not hold`)
  terminal.out(`${checked} equations hold\n`)
}

/** Succeeds when the emulator can answer: for a container's HEALTHCHECK. */
export async function healthcheck(args: readonly string[], terminal: Terminal): Promise<void> {
  const given = parseFlags(args, healthFlags)
  await ask(terminal, given, '/readyz')
}

async function ask(
  { environment }: Terminal,
  given: { url?: unknown; 'admin-token'?: unknown },
  path: string,
  body?: object
): Promise<unknown> {
  const address = addressOf(given.url, environment)
  const adminToken = (given['admin-token'] as string | undefined) ?? environment.MDE_EMULATOR_ADMIN_TOKEN
  let response: Response
  try {
    response = await fetch(`${address}${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` })
      },
      signal: AbortSignal.timeout(path === '/readyz' ? 3_000 : 120_000)
    })
  } catch {
    throw new Error(`no emulator answers at ${address}; start one with "mde-emulator", or say where it is with --url`)
  }
  const answer = (await response.json().catch(() => ({}))) as { error?: { message?: string } }
  if (response.ok) return answer
  throw new Error(
    `the emulator at ${address} refuses (${response.status}): ${answer.error?.message ?? 'it is not ready'}`
  )
}

/** `--url`, what `run` says, or where the emulator of this environment listens. */
function addressOf(given: unknown, environment: NodeJS.ProcessEnv): string {
  const url = given ?? environment.MDE_EMULATOR_URL
  if (typeof url === 'string') {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
      throw new UsageError(`--url is "${url}"; it must be an http or https address`)
    return url.replace(/\/+$/, '')
  }
  const asked = environment.MDE_EMULATOR_PORT ?? ''
  const port = /^\d+$/.test(asked) ? asked : '6330'
  const host = environment.MDE_EMULATOR_HOST ?? ''
  const reachable = host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
