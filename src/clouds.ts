export type CloudName = 'commercial' | 'gcc' | 'gcc-high'

/**
 * Where the real service lives: the host names that clients have in their code, by cloud. Documented on the pages
 * exposed-apis-list and gov and in includes/improve-request-performance (regions); `login.windows.net` is an older alias
 * that clients still use (observed).
 */
export interface Cloud {
  name: CloudName
  /** GCC signs in where the commercial cloud does. */
  signInHosts: readonly string[]
  apiHosts: readonly string[]
}

const commercialSignIn = ['login.microsoftonline.com', 'login.windows.net'] as const

export const clouds: readonly Cloud[] = [
  {
    name: 'commercial',
    signInHosts: commercialSignIn,
    apiHosts: [
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
      'api-us.securitycenter.windows.com'
    ]
  },
  { name: 'gcc', signInHosts: commercialSignIn, apiHosts: ['api-gcc.securitycenter.microsoft.us'] },
  // GCC High and DoD share their hosts.
  {
    name: 'gcc-high',
    signInHosts: ['login.microsoftonline.us'],
    apiHosts: ['api-gov.securitycenter.microsoft.us']
  }
]

export const signInHosts: readonly string[] = [...new Set(clouds.flatMap(cloud => cloud.signInHosts))]
/** The same, and the names that its documents and tokens call it by. */
export const issuerHosts: readonly string[] = [...signInHosts, 'login.microsoft.com', 'sts.windows.net']
export const apiHosts: readonly string[] = clouds.flatMap(cloud => cloud.apiHosts)

/** Where the files of exports are. The real accounts have names by region (documented, `tvmexportstrstgeus`): assumed. */
export const filesHost = 'tvmexportexternal.blob.core.windows.net'

/** Every name that this emulator answers to as the real service. */
export const impersonatedHosts: readonly string[] = [...signInHosts, ...apiHosts, filesHost]

/** What a host name of the real service stands for. */
export interface Place {
  host: string
  /** GCC signs in at the commercial hosts, so those are commercial. */
  cloud: CloudName
  service: 'api' | 'sign-in' | 'files'
}

const places = new Map<string, Place>(
  [
    ...clouds.flatMap(({ name, apiHosts: hosts }) =>
      hosts.map((host): Place => ({ host, cloud: name, service: 'api' }))
    ),
    ...clouds
      .filter(({ name }) => name !== 'gcc')
      .flatMap(({ name, signInHosts: hosts }) =>
        hosts.map((host): Place => ({ host, cloud: name, service: 'sign-in' }))
      ),
    { host: filesHost, cloud: 'commercial', service: 'files' } satisfies Place
  ].map(place => [place.host, place])
)

/**
 * The place that a Host header names, with or without a port; undefined for the emulator's own addresses. Every call asks:
 * most names end otherwise.
 */
export function placeOf(host: string | undefined): Place | undefined {
  if (host === undefined || !/\.(?:com|us|net)\.?(?::\d*)?$/i.test(host)) return undefined
  return places.get(host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase())
}

/** The cloud that an audience belongs to; undefined when it is of no host. */
export function cloudOfAudience(audience: string): CloudName | undefined {
  const host = /^https:\/\/([^/]+)\/?$/i.exec(audience)?.[1]
  return placeOf(host)?.cloud
}

/** The region that tokens of a sign-in host name, by which a cloud knows its own (assumed). */
export function regionOf(cloud: CloudName | undefined): 'NA' | 'USGov' {
  return cloud === 'gcc-high' ? 'USGov' : 'NA'
}
