/** Something that was asked for does not exist in this tenant. The message is fit for the wire. */
export class NotFound extends Error {
  override readonly name = 'NotFound'
}

/** A change that would contradict the facts; the message says which. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction'
}
