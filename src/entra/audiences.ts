/** Application id of WindowsDefenderATP, embedded in the `rh` claim of real tokens (observed). */
export const defenderAppId = 'fc780465-2017-40d4-a0c5-307022471b92'

/** What a token is for when nobody says. */
export const defaultAudience = 'https://api.securitycenter.microsoft.com'

/** Where tokens come from in production, and the names that its documents call them by. */
export const signInHosts: readonly string[] = [
  'login.microsoftonline.com',
  'login.windows.net',
  'login.microsoft.com',
  'sts.windows.net',
  'login.microsoftonline.us'
]

const hosts = [
  'api.security.microsoft.com',
  'us.api.security.microsoft.com',
  'eu.api.security.microsoft.com',
  'uk.api.security.microsoft.com',
  'au.api.security.microsoft.com',
  'swa.api.security.microsoft.com',
  'ina.api.security.microsoft.com',
  'api.securitycenter.microsoft.com',
  'api.securitycenter.windows.com',
  'api-us.securitycenter.microsoft.com',
  'api-eu.securitycenter.microsoft.com',
  'api-uk.securitycenter.microsoft.com',
  'api-au.securitycenter.microsoft.com',
  'api-us.securitycenter.windows.com',
  'api-gcc.securitycenter.microsoft.us',
  'api-gov.securitycenter.microsoft.us'
]

/**
 * Resources that a token may be for, with and without a trailing slash: every API host of Microsoft's pages and the
 * resource of its curl example. `api.security.microsoft.com` is assumed to be one.
 */
export function acceptedAudiences(added: readonly string[] = []): readonly string[] {
  const resources = [
    defaultAudience,
    ...hosts.map(host => `https://${host}`).filter(resource => resource !== defaultAudience),
    'https://securitycenter.onmicrosoft.com/windowsatpservice',
    ...added.map(audience => audience.replace(/\/$/, ''))
  ]
  return [...resources.flatMap(resource => [resource, `${resource}/`]), defenderAppId]
}
