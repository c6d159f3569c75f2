// A small client of the Defender for Endpoint API, of the kind that you would test against the emulator. It has no
// dependency and does not know that there is an emulator: it has base addresses, as every testable client should.
import { setTimeout as pause } from 'node:timers/promises'

/**
 * @typedef {object} Settings
 * @property {string} tenant
 * @property {string} clientId
 * @property {string} clientSecret
 * @property {string} [api] Where the API is.
 * @property {string} [login] Where tokens are.
 * @property {number} [tries] How often a call is made at most.
 * @property {(milliseconds: number) => Promise<unknown>} [wait] Tests wait otherwise.
 */

/** @typedef {{ id: string, name: string, productsNames: string[], machineMissedOn: number, cveAddressed: number }} MissingKb */

const resource = 'https://api.securitycenter.microsoft.com'
/** What passes by itself: too many requests, and a service that is ill. */
const passing = new Set([429, 500, 502, 503, 504])

/** The service's refusal, in its own words. */
export class DefenderError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(`${status} ${code}: ${message}`)
    this.name = 'DefenderError'
    this.status = status
    this.code = code
  }
}

export class Defender {
  #settings
  /** @type {{ value: string, until: number } | undefined} */
  #token

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = { api: resource, login: 'https://login.microsoftonline.com', tries: 4, wait: pause, ...settings }
  }

  /**
   * The updates that the fleet lacks for a product, or that one device lacks for all.
   * @param {{ software: string } | { machine: string }} of
   * @returns {Promise<MissingKb[]>}
   */
  missingKbs(of) {
    const path = 'software' in of ? `Software/${of.software}` : `machines/${of.machine}`
    return this.rows(`/api/${path}/getmissingkbs`)
  }

  /**
   * All rows of a collection, from all its pages.
   * @param {string} path
   * @returns {Promise<any[]>}
   */
  async rows(path) {
    const { api } = this.#settings
    const rows = []
    let url = new URL(path, api)
    for (;;) {
      const page = await this.#get(url)
      rows.push(...page.value)
      if (page['@odata.nextLink'] === undefined) return rows
      url = new URL(page['@odata.nextLink'])
      // The token goes with the call: to nobody else.
      if (url.origin !== new URL(api).origin) throw new Error(`the next page is said to be at ${url.origin}`)
    }
  }

  /**
   * @param {URL} url
   * @returns {Promise<any>}
   */
  async #get(url) {
    let response = await this.#withToken(url)
    if (response.status === 401) {
      // A token can end before its time, by a changed clock or a revoked session. One new one; then it is something else.
      await response.body?.cancel()
      this.#token = undefined
      response = await this.#withToken(url)
    }
    if (!response.ok) throw await errorOf(response)
    return response.json()
  }

  /** @param {URL} url */
  async #withToken(url) {
    return this.#ask(url, { headers: { authorization: `Bearer ${await this.#accessToken()}` } })
  }

  async #accessToken() {
    if (this.#token !== undefined && Date.now() < this.#token.until) return this.#token.value
    const { login, tenant, clientId, clientSecret } = this.#settings
    const response = await this.#ask(new URL(`/${tenant}/oauth2/v2.0/token`, login), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: `${resource}/.default`
      })
    })
    if (!response.ok) throw await errorOf(response)
    /** @type {any} */
    const { access_token, expires_in } = await response.json()
    this.#token = { value: access_token, until: Date.now() + (expires_in - 60) * 1000 }
    return this.#token.value
  }

  /**
   * Asks again while what is wrong may pass by itself.
   * @param {URL} url
   * @param {RequestInit} request
   */
  async #ask(url, request) {
    const { tries, wait } = this.#settings
    for (let left = tries - 1, delay = 500; ; left--, delay *= 2) {
      // No answer at all: the connection was refused or reset, or nothing came in time.
      const response = await fetch(url, { ...request, signal: AbortSignal.timeout(30_000) }).catch(error => {
        if (left === 0) throw error
      })
      if (response && (left === 0 || !passing.has(response.status))) return response
      await response?.body?.cancel()
      await wait((response && retryAfter(response)) ?? delay)
    }
  }
}

/**
 * Milliseconds, as the service asks for them: seconds, or a date.
 * @param {Response} response
 */
function retryAfter({ headers }) {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}

/**
 * The API says `{error: {code, message}}`, the sign-in service `{error, error_description}`.
 * @param {Response} response
 */
async function errorOf(response) {
  /** @type {any} */
  const { error, error_description: description } = await response.json().catch(() => ({}))
  return typeof error === 'object'
    ? new DefenderError(response.status, error.code, error.message)
    : new DefenderError(response.status, error ?? response.statusText, description ?? 'no more was said')
}
