import { clientCodes } from './errors/client-codes.js'
import { requestCodes } from './errors/request-codes.js'
import { userCodes } from './errors/user-codes.js'

/**
 * Microsoft's error codes (page reference-error-codes) that this service can answer with. The numbers are documented
 * but for the wording of some, which is observed or ours.
 */
export const aadsts = { ...requestCodes, ...clientCodes, ...userCodes } as const

export type AadstsCode = keyof typeof aadsts

/** The sign-in service refuses. `reason` is ours, for the developer, and never holds a secret. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly code: AadstsCode
  readonly reason: string
  readonly error: string

  constructor(code: AadstsCode, fill: readonly string[], reason: string, error: string = aadsts[code].error) {
    const text: string = aadsts[code].text
    super(`AADSTS${code}: ${text.replace(/\{(\d)\}/g, (_, index) => shown(fill[Number(index)] ?? ''))}`)
    this.code = code
    this.reason = reason
    this.error = error
  }
}

/** The sign-in service fails as a whole, on demand of whoever tests a client; any code, known here or not. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure'
  readonly status: number
  readonly code: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: number, text: string, reason: string, headers: Record<string, string>) {
    super(`AADSTS${code}: ${text}`)
    this.status = status
    this.code = code
    this.reason = reason
    this.headers = headers
  }
}

/** The body of such a failure. */
export function failureBody({ status, code, message }: ServiceFailure, ids: ErrorIds) {
  const error = status === 503 ? 'temporarily_unavailable' : status >= 500 ? 'server_error' : 'invalid_request'
  return { ...bodyOf(error, message, [code], ids), error_uri: `https://login.microsoftonline.com/error?code=${code}` }
}

/** What a client sent, without control characters and short enough to repeat. */
export function shown(text: string): string {
  const visible = text.replace(/[\u0000-\u001f\u007f]/g, '?')
  return visible.length <= 200 ? visible : `${visible.slice(0, 197)}...`
}

export interface ErrorIds {
  traceId: string
  correlationId: string
  now: Date
}

/**
 * The body of a refusal. Until 2023 the ids stood on a line each; since 2024 blanks part them (observed,
 * haystackeditor/haystack-editor#41, james-gould/azure-keyvault-emulator#324).
 */
export function errorBody({ code, error, message }: SignInError, ids: ErrorIds) {
  return {
    ...bodyOf(error, message, [code], ids),
    error_uri: `https://login.microsoftonline.com/error?code=${code}`
  }
}

/** The body of an answer that a defect of the emulator spoiled: no AADSTS code, for the service has none for it. */
export function defectBody(message: string, ids: ErrorIds) {
  return bodyOf('server_error', message, [], ids)
}

function bodyOf(error: string, message: string, codes: number[], { traceId, correlationId, now }: ErrorIds) {
  const timestamp = `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`
  return {
    error,
    error_description: `${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: codes,
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId
  }
}
