import { apiHosts } from '../clouds.js'

/** Application id of WindowsDefenderATP, embedded in the `rh` claim of real tokens (observed). */
export const defenderAppId = 'fc780465-2017-40d4-a0c5-307022471b92'

/** What a token is for when nobody says. */
export const defaultAudience = 'https://api.securitycenter.microsoft.com'

/**
 * Resources that a token may be for, with and without a trailing slash: every API host of Microsoft's pages and the
 * resource of its curl example. `api.security.microsoft.com` is assumed to be one.
 */
export function acceptedAudiences(added: readonly string[] = []): readonly string[] {
  const resources = [
    defaultAudience,
    ...apiHosts.map(host => `https://${host}`).filter(resource => resource !== defaultAudience),
    'https://securitycenter.onmicrosoft.com/windowsatpservice',
    ...added.map(audience => audience.replace(/\/$/, ''))
  ]
  return [...resources.flatMap(resource => [resource, `${resource}/`]), defenderAppId]
}
