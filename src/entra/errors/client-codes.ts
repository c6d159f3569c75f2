import type { Row } from './request-codes.js'

/** Codes about the application: who it is and how it proves it. */
export const clientCodes = {
  50027: {
    status: 400,
    error: 'invalid_request',
    text: 'JWT token is invalid or malformed.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  700016: {
    status: 400,
    error: 'unauthorized_client',
    text: "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    evidence: 'observed',
    source: 'Azure/azure-sdk-for-python#8314'
  },
  700021: {
    status: 401,
    error: 'invalid_client',
    text: "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
    evidence: 'observed',
    source: 'published answers in test data of clients'
  },
  700023: {
    status: 401,
    error: 'invalid_client',
    text: 'Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
    evidence: 'assumed',
    source: 'the number and the words are from general knowledge'
  },
  700024: {
    status: 401,
    error: 'invalid_client',
    text: 'Client assertion is not within its valid time range. Current time: {0}, assertion valid from {1}, expiry time of assertion {2}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
    evidence: 'observed',
    source: 'published answers in test data of clients'
  },
  700025: {
    status: 401,
    error: 'invalid_client',
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    evidence: 'assumed',
    source: 'the number and the words are from general knowledge'
  },
  700027: {
    status: 401,
    error: 'invalid_client',
    text: "Client assertion contains an invalid signature. [Reason - {0}, Thumbprint of key used by client: '{1}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{2}'.]",
    evidence: 'observed',
    source: 'Azure/azure-sdk-for-net#29007; for the reasons Azure/azure-sdk-for-java#25109'
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
  7000218: {
    status: 401,
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    evidence: 'observed',
    source: 'joelmeiller/cypress-msal-login#11'
  }
} as const satisfies Record<number, Row>
