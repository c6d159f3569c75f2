/**
 * What must not be remembered: clients put their credentials in the query of any call (PSMDATP does), and the address of
 * an export file is one. Of the body, and of the Authorization header, nothing is ever kept.
 */

/** Stands where a value stood. */
export const redacted = '<redacted>'

/** OData's options, whatever they hold; names as sent, plain or percent-encoded. */
const option = '(?:\\$|%24)(?:apply|compute|count|expand|filter|format|orderby|search|select|skip|skiptoken|top)'
const onlyOptions = new RegExp(`^[^?]*(?:\\?(?:${option}=[^&]*(?:&|$))*)?$`, 'i')
const isOption = new RegExp(`^${option}$`, 'i')

/** Longest text that is kept of what a client sent. */
const longest = 4096

/** A JWT: two parts at least, of which the first is base64url of `{"`. */
const tokenStart = 'eyJ'
const token = /eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g

/** The address of a request without what may be a credential. `documented` are names in lower case whose values may stay. */
export function withoutCredentials(url: string, documented: () => ReadonlySet<string> | undefined): string {
  if (url.startsWith('/') && onlyOptions.test(url)) return kept(url)
  const [, address = '', search] = /^([^?]*)\??(.*)$/s.exec(url) ?? []
  // RFC 9110, section 4.2.4: the absolute form may hold a user's name and password.
  const path = address.replace(/^(https?:\/\/)[^/]*@/i, '$1')
  if (search === undefined || search === '') return copied(kept(path))
  const may = documented()
  const parts = search.split('&').map(part => {
    const equals = part.indexOf('=')
    // A name without a value may be anything.
    if (equals === -1) return may?.has(part.toLowerCase()) || part === '' ? part : encodeURIComponent(redacted)
    const name = part.slice(0, equals)
    return isOption.test(name) || may?.has(name.toLowerCase()) ? part : `${name}=${encodeURIComponent(redacted)}`
  })
  return copied(kept(`${path}?${parts.join('&')}`))
}

/** As much of a text as is worth keeping; a token that stands where none belongs is not. */
export function kept(text: string, most = longest): string {
  const plain = text.includes(tokenStart) ? text.replace(token, redacted) : text
  return plain === text && text.length <= most ? text : copied(plain, most)
}

/** A part of a string keeps the whole of it in memory, credentials and all: hence the copy. */
function copied(text: string, most = longest): string {
  return Buffer.from(text.length <= most ? text : `${text.slice(0, most - 3)}...`).toString()
}

/** Texts that are kept once though they come again and again; of more, or longer ones, each is kept by itself. */
const mostTexts = 1000
const longestText = 500

/** What is kept of one kind of text. The same text is the same string: a ring full of copies is work for the collector. */
export class Texts {
  readonly #known = new Map<string, string>()

  /** A text as it was kept before, or as `clean` makes it. */
  kept(text: string, clean: (text: string) => string): string {
    return this.#known.get(text) ?? this.#added(text, clean(text))
  }

  #added(text: string, clean: string): string {
    // Nothing is found by what must not be kept.
    if (clean !== text || text.length > longestText) return clean
    if (this.#known.size >= mostTexts) this.#known.clear()
    this.#known.set(text, text)
    return text
  }
}
