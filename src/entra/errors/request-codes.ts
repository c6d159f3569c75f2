import type { Evidence } from '../../evidence.js'

export interface Row {
  /** HTTP status: 401 for `invalid_client`, else 400 (assumed where nobody quotes one). */
  status: number
  error: string
  /** `{0}`, `{1}` are filled in. */
  text: string
  evidence: Evidence['level']
  /** Page or public thread that has it. */
  source: string
}

/** Codes of every request, whoever signs in. */
export const requestCodes = {
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
  9000411: {
    status: 400,
    error: 'invalid_request',
    text: "The request is not properly formatted. The parameter '{0}' is duplicated.",
    evidence: 'observed',
    source: 'MicrosoftDocs/azure-dev-docs#934'
  }
} as const satisfies Record<number, Row>
