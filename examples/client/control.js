// The strings that a test pulls, over HTTP: for an emulator in another process or container. In one process it is
// `emulator.control`, with types.

/** The app with every read permission, and its secret: the placeholders of Microsoft's documentation. */
export const wellKnownApp = {
  clientId: '00001111-aaaa-2222-bbbb-3333cccc4444',
  clientSecret: 'Aa1Bb~2Cc3.-Dd4Ee5Ff6Gg7Hh8Ii9_Jj0Kk1Ll2'
}

/**
 * `await control('PUT', '/machines/<id>/updates/4540673')` for one tenant; what calls there are is described at
 * `/_emulator/openapi.json`. Throws what the emulator says when it refuses.
 * @param {{ url: string, tenant: string, adminToken?: string | undefined }} where The token is wanted beyond loopback, so by
 *   every container.
 */
export function controlOf({ url, tenant, adminToken }) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  return async (method, path, body) => {
    const address = new URL(`/_emulator${path}`, url)
    address.searchParams.set('tenant', tenant)
    const response = await fetch(address, {
      method,
      headers: {
        ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
        ...(body !== undefined && { 'content-type': 'application/json' })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${address.pathname}: ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}
