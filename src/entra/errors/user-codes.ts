import type { Row } from './request-codes.js'

/** Codes of the flows in which a user signs in: passwords, codes, refresh tokens, redirects and consent. */
export const userCodes = {
  50011: {
    status: 400,
    error: 'invalid_request',
    text: "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.",
    evidence: 'documented',
    source: 'reference-error-codes (the words: general knowledge)'
  },
  50034: {
    status: 400,
    error: 'invalid_grant',
    text: 'The user account {0} does not exist in the {1} directory. To sign into this application, the account must be added to the directory.',
    evidence: 'observed',
    source: 'MicrosoftDocs, troubleshooting of error 50034'
  },
  50058: {
    status: 400,
    error: 'login_required',
    text: 'A silent sign-in request was sent but no user is signed in.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  50089: {
    status: 400,
    error: 'invalid_request',
    text: 'Authentication failed due to flow token expired.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  50126: {
    status: 400,
    error: 'invalid_grant',
    text: 'Error validating credentials due to invalid username or password.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  50147: {
    status: 400,
    error: 'invalid_request',
    text: 'The size of the code challenge parameter is not valid.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  50149: {
    status: 400,
    error: 'invalid_request',
    text: 'Invalid Code_Challenge_method parameter.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  54005: {
    status: 400,
    error: 'invalid_grant',
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    evidence: 'observed',
    source: 'davidjrh/dnn.azureadprovider#17'
  },
  65001: {
    status: 400,
    error: 'invalid_grant',
    text: "The user or administrator has not consented to use the application with ID '{0}' named '{1}'. Send an interactive authorization request for this user and resource.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  65004: {
    status: 400,
    error: 'access_denied',
    text: 'User declined to consent to access the app.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  70000: {
    status: 400,
    error: 'invalid_grant',
    text: 'Provided grant is invalid or malformed.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  70005: {
    status: 400,
    error: 'unsupported_response_type',
    text: "The app returned an unsupported response type '{0}'.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  70007: {
    status: 400,
    error: 'invalid_request',
    text: "'{0}' is not a supported value of 'response_mode'.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  70008: {
    status: 400,
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  70016: {
    status: 400,
    error: 'authorization_pending',
    text: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
    evidence: 'observed',
    source: 'toblum/ESPTeamsPresence#49'
  },
  70018: {
    status: 400,
    error: 'bad_verification_code',
    text: 'Invalid verification code due to User typing in wrong user code for device code flow.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  70020: {
    status: 400,
    error: 'expired_token',
    text: "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    evidence: 'observed',
    source: 'MicrosoftDocs/azure-docs#92366'
  },
  90120: {
    status: 400,
    error: 'invalid_request',
    text: 'The request was already authorized or declined.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  90130: {
    status: 400,
    error: 'unauthorized_client',
    text: "The application '{0}' is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  500112: {
    status: 400,
    error: 'invalid_client',
    text: "The reply address '{0}' does not match the reply address '{1}' provided when requesting Authorization code.",
    evidence: 'observed',
    source: 'PartnerCenterSamples/Reseller-Web-Application#73 (the number: general knowledge)'
  },
  500113: {
    status: 400,
    error: 'invalid_request',
    text: 'No reply address is registered for the application.',
    evidence: 'observed',
    source: 'OneDrive/onedrive-sample-apibrowser-dotnet#27'
  },
  501481: {
    status: 400,
    error: 'invalid_grant',
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    evidence: 'observed',
    source: 'GillesZunino/insomnia-plugin-azure-ad-authentication#14'
  },
  501491: {
    status: 400,
    error: 'invalid_request',
    text: 'Invalid size of Code_Challenge parameter.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  650053: {
    status: 400,
    error: 'invalid_client',
    text: "The application '{0}' asked for scope '{1}' that doesn't exist on the resource '{2}'. Contact the app vendor.",
    evidence: 'observed',
    source: 'damienbod/AspNetCoreMicrosoftGraph#1'
  },
  700005: {
    status: 400,
    error: 'invalid_grant',
    text: 'Provided Authorization Code is intended to use against other tenant, thus rejected.',
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  700022: {
    status: 400,
    error: 'invalid_scope',
    text: "The provided value for the input parameter 'scope' is not valid because it contains more than one resource.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  700054: {
    status: 400,
    error: 'unsupported_response_type',
    text: "response_type '{0}' is not enabled for the application.",
    evidence: 'documented',
    source: 'reference-error-codes'
  },
  9001023: {
    status: 400,
    error: 'invalid_request',
    text: 'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
    evidence: 'assumed',
    source: 'the number and the words are from general knowledge'
  },
  9002313: {
    status: 400,
    error: 'invalid_grant',
    text: 'Invalid request. Request is malformed or invalid.',
    evidence: 'observed',
    source: 'AzureAD/azure-activedirectory-library-for-nodejs#219'
  }
} as const satisfies Record<number, Row>
