/**
 * Where the real service lives: the host names that clients have in their code, by cloud. Documented on the pages
 * exposed-apis-list and gov and in includes/improve-request-performance (regions); `login.windows.net` is an older alias
 * that clients still use (observed).
 */
export interface Cloud {
  name: 'commercial' | 'gcc' | 'gcc-high'
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
