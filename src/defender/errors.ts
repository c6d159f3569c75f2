import { Forbidden } from '../entra/permissions.js'
import { Unauthorized } from '../entra/tokens.js'
import { ODataError } from '../odata/errors.js'
import { Abandoned } from '../odata/page.js'
import { NotFound } from '../world/errors.js'
import type { QuirkSet } from './tenant-quirks.js'

/** One row of Microsoft's table of errors (page common-errors), with what we add for the developer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, reason: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.reason = reason
    this.headers = headers
  }
}

/** What every face throws, as this service says it. */
export function apiErrorFrom(error: unknown, quirks?: QuirkSet): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof ODataError) return new ApiError(400, 'ODataError', error.message, error.message)
  // Nobody reads it: the connection is closed.
  if (error instanceof Abandoned)
    return new ApiError(400, 'BadRequest', 'The client closed the connection.', 'abandoned')
  if (error instanceof NotFound)
    return new ApiError(404, 'ResourceNotFound', error.message, `${error.message} in this tenant`)
  if (error instanceof Unauthorized) {
    return new ApiError(401, 'Unauthorized', error.message, error.reason, { 'www-authenticate': 'Bearer' })
  }
  if (error instanceof Forbidden) {
    const legacy = quirks?.has('legacy-403-text') ? error.legacy : undefined
    return new ApiError(403, 'Forbidden', legacy ?? error.message, error.reason)
  }
  const { statusCode } = error as { statusCode?: number }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const { message } = error as Error
    return new ApiError(statusCode, statusCode === 404 ? 'NotFound' : 'BadRequest', message, message)
  }
  return new ApiError(500, 'InternalServerError', '', 'a defect of the emulator; its log says more')
}
