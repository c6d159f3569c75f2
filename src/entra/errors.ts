import type { Evidence } from '../evidence.js'

interface Row {
  /** HTTP status: 401 for `invalid_client`, else 400 (assumed where nobody quotes one). */
  status: number
  error: string
  /** `{0}`, `{1}` are filled in. */
  text: string
  evidence: Evidence['level']
  /** Page or public thread that has it. */
  source: string
}

/**
 * Microsoft's error codes (page reference-error-codes) that this service can answer with. The numbers are documented
 * but for the wording of some, which is observed or ours.
 */
export const aadsts = {
  50059: {
    status: 400,
    error: 'invalid_request',
    text: 'No tenant-identifying information found in either the request or implied by any provided credentials.',
    evidence: 'observed',
    source: 'MicrosoftDocs/azure-docs#24064'
  },
  70003: {
    status: 400,
    error: 'unsupported_grant_type',
    text: "The app requested an unsupported grant type '{0}'.",
    evidence: 'observed',
    source: 'AzureAD/microsoft-authentication-library-for-dotnet#3023'
  },
  70011: {
    status: 400,
    error: 'invalid_scope',
    text: "The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
    evidence: 'observed',
    source: 'AzureAD/microsoft-authentication-library-for-dotnet#449'
  },
  90002: {
    status: 400,
    error: 'invalid_request',
    text: "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
    evidence: 'observed',
    source: 'microsoftgraph/windowsupdates-webapplication-sample#6'
  },
  90023: {
    status: 404,
    error: 'invalid_request',
    text: 'Invalid STS request.',
    evidence: 'observed',
    source: 'JonathanHolvey/sharepy#73 (for addresses that do not exist: assumed)'
  },
  90100: {
    status: 400,
    error: 'invalid_request',
    text: "The '{0}' parameter is empty or not valid.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  500011: {
    status: 400,
    error: 'invalid_resource',
    text: 'The resource principal named {0} was not found in the tenant named {1}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.',
    evidence: 'observed',
    source: 'rootinc/laravel-azure-middleware#51'
  },
  700016: {
    status: 400,
    error: 'unauthorized_client',
    text: "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    evidence: 'observed',
    source: 'Azure/azure-sdk-for-python#8314'
  },
  900144: {
    status: 400,
    error: 'invalid_request',
    text: "The request body must contain the following parameter: '{0}'.",
    evidence: 'observed',
    source:
      'MicrosoftDocs/azure-docs#43780; for resource #46696; for a JSON body microsoftgraph/microsoft-graph-docs#20272'
  },
  900561: {
    status: 405,
    error: 'invalid_request',
    text: 'The endpoint only accepts POST, OPTIONS requests. Received a {0} request.',
    evidence: 'observed',
    source: 'nbarbettini/oidc-debugger#87 (the status is assumed)'
  },
  1002012: {
    status: 400,
    error: 'invalid_scope',
    text: 'The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
    evidence: 'observed',
    source: 'databricks/databricks-sql-nodejs#226'
  },
  7000215: {
    status: 401,
    error: 'invalid_client',
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
    evidence: 'observed',
    source: 'OfficeDev/microsoft-365-agents-toolkit#8621'
  },
  7000216: {
    status: 401,
    error: 'invalid_client',
    text: "'client_assertion', 'client_secret' or 'request' is required for the '{0}' grant type.",
    evidence: 'observed',
    source: 'MicrosoftDocs/azure-docs#30777'
  },
  9000411: {
    status: 400,
    error: 'invalid_request',
    text: "The request is not properly formatted. The parameter '{0}' is duplicated.",
    evidence: 'observed',
    source: 'MicrosoftDocs/azure-dev-docs#934'
  }
} as const satisfies Record<number, Row>

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
