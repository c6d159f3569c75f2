/** Something that was asked for does not exist in this tenant. The message is fit for the wire. */
export class NotFound extends Error {
  override readonly name = 'NotFound'
}

/** A change that would contradict the facts; the message says which. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction'
}

/** What was asked has not the form that it must have; the message says where and how. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}
