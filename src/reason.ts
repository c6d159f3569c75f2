/**
 * The header in which a refusal explains itself. The body is the vendor's, for the vendor's clients; this is ours, for
 * the developer who reads it.
 */
export const reasonHeader = 'x-emulator-reason'

/** Header values are visible ASCII: what came from a client may hold anything, and may be long. */
export function headerText(text: string): string {
  const visible = text.replace(/[^\x20-\x7e]+/g, '?')
  return visible.length <= 1000 ? visible : `${visible.slice(0, 997)}...`
}
