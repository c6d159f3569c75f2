import { cloudOfAudience, placeOf } from '../clouds.js'
import type { Caller } from '../entra/permissions.js'
import { Unauthorized } from '../entra/tokens.js'

/**
 * Each cloud's API takes its own tokens only: the commercial hosts none for a government audience, GCC's host none but for
 * itself, GCC High's none but for itself and of its own sign-in host. On the emulator's own addresses all are taken.
 */
export function admit({ payload }: Caller, host: string | undefined): void {
  const place = placeOf(host)
  // Without payload authorization is off.
  if (place === undefined || payload === undefined) return
  const audience = String([payload.aud].flat()[0])
  const of = cloudOfAudience(audience)
  const fits = place.cloud === 'commercial' ? of === undefined || of === 'commercial' : of === place.cloud
  if (!fits) {
    throw new Unauthorized(`audience ${audience} is not of the cloud of ${place.host} (${place.cloud})`, payload)
  }
  if (place.cloud === 'gcc-high' && payload.tenant_region_scope !== 'USGov') {
    throw new Unauthorized(`${place.host} takes tokens of login.microsoftonline.us only`, payload)
  }
}
