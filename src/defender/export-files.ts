import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../clock.js'
import { derivedGuid } from '../entra/ids.js'
import { softwareByMachine, vulnerabilitiesByMachine } from '../world/exports.js'
import type { DeviceRows } from '../world/per-device.js'
import type { World } from '../world/world.js'
import { timePath } from './snapshot.js'

/** Exports as files, by the folder that they lie in. */
const exports = {
  SoftwareInventory: (world: World): DeviceRows<object> => softwareByMachine(world),
  VaExport: (world: World, now: number): DeviceRows<object> => vulnerabilitiesByMachine(world, now)
}
export type ExportFolder = keyof typeof exports

/** Which export, of which tenant, which part of it. */
const fileName = /\/(SoftwareInventory|VaExport)\/json\/OrgId=([0-9a-f-]+)\/part-(\d+)-[0-9a-f-]+\.c000\.json\.gz$/

/** Devices in one file. */
const devicesPerFile = 2_000
/** Lines that are made at a time, so that others are answered meanwhile. */
const linesAtOnce = 500

/** Signs the addresses of files, so that whoever has one needs no token: a shared access signature of Azure Storage. */
export class SharedAccess {
  readonly #secret = randomBytes(32)

  sign(path: string, from: number, until: number): string {
    const [st, se] = [from, until].map(time => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')) as [string, string]
    const sig = this.#signature(path, st, se)
    return new URLSearchParams({ sv: '2019-12-12', st, se, sr: 'b', sp: 'r', sig }).toString()
  }

  /** What is wrong with the signature of a request, if anything. */
  flaw(path: string, query: Readonly<Record<string, unknown>>, now: number): string | undefined {
    const { st, se, sig } = query
    if (typeof st !== 'string' || typeof se !== 'string' || typeof sig !== 'string') return 'st, se and sig are wanted'
    const [given, right] = [sig, this.#signature(path, st, se)].map(text => Buffer.from(text))
    if (given!.length !== right!.length || !timingSafeEqual(given!, right!)) return 'the signature does not fit'
    if (now < Date.parse(st)) return `it holds from ${st}`
    return now > Date.parse(se) ? `it held until ${se}` : undefined
  }

  #signature(path: string, st: string, se: string): string {
    return createHmac('sha256', this.#secret).update(`${path}\n${st}\n${se}`).digest('base64')
  }
}

/** The paths of an export's files at an instant, below `/tvm-export`. */
export function filesOf(world: World, folder: ExportFolder, now: number): string[] {
  const organization = `${timePath(now)}${folder}/json/OrgId=${world.tenant}`
  const count = Math.max(1, Math.ceil(world.size / devicesPerFile))
  const guid = derivedGuid('export', organization)
  return Array.from(
    { length: count },
    (_, part) => `/${organization}/part-${String(part).padStart(5, '0')}-${guid}.c000.json.gz`
  )
}

export interface ExportFilesParts {
  worldOf: (tenant: string) => World
  clock: Clock
  sharedAccess: SharedAccess
}

/** `/tvm-export/...`: files as Azure Storage serves them. Their path names what they hold, and nothing on a disk. */
export async function exportFiles(app: FastifyInstance, { worldOf, clock, sharedAccess }: ExportFilesParts) {
  app.get('/*', { schema: { hide: true } as object }, (request, reply) => {
    const path = `/${(request.params as { '*': string })['*']}`
    const [, folder, tenant, part] = fileName.exec(path) ?? []
    const now = clock.of(tenant).now()
    const flaw = sharedAccess.flaw(path, request.query as Record<string, unknown>, now)
    if (flaw !== undefined)
      return refuse(reply, 403, 'AuthenticationFailed', `Server failed to authenticate the request: ${flaw}.`)
    if (part === undefined) return refuse(reply, 404, 'BlobNotFound', 'The specified blob does not exist.')
    const from = Number(part) * devicesPerFile
    const rows = exports[folder as ExportFolder](worldOf(tenant!), now).ofDevices(from, from + devicesPerFile)
    const packed = Readable.from(lines(rows)).pipe(createGzip())
    return reply.type('application/octet-stream').header('x-ms-blob-type', 'BlockBlob').send(packed)
  })
}

/** A refusal on demand: code and text of Azure Storage, where it has some for the status. */
export function refuseFile(
  reply: FastifyReply,
  status: number,
  { code, message, headers = {} }: { code?: string; message?: string; headers?: Record<string, string> }
): void {
  const [usual, text] = storageErrors[status] ?? ['InternalError', 'The server encountered an internal error.']
  refuse(reply.headers(headers), status, code ?? usual, message ?? text)
}

const storageErrors: Readonly<Record<number, readonly [code: string, message: string]>> = {
  403: ['AuthenticationFailed', 'Server failed to authenticate the request.'],
  404: ['BlobNotFound', 'The specified blob does not exist.'],
  429: ['ServerBusy', 'The server is busy.'],
  503: ['ServerBusy', 'The server is busy.']
}

/** Names in files begin with a capital letter (observed: a public log of elastic/integrations; JSON answers do not). */
async function* lines(rows: Iterable<object>): AsyncIterable<string> {
  let text = ''
  let count = 0
  for (const row of rows) {
    const named = Object.entries(row).map(([name, value]) => [
      name.replace(/^os|^./, start => (start === 'os' ? 'OS' : start.toUpperCase())),
      value
    ])
    text += `${JSON.stringify(Object.fromEntries(named))}\n`
    if (++count % linesAtOnce > 0) continue
    yield text
    text = ''
  }
  yield text
}

/** The error body of Azure Storage. */
function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return reply.code(status).header('x-ms-error-code', code).type('application/xml').send(body)
}
