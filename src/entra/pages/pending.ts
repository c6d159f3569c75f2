import type { AuthorizeRequest } from './authorize.js'

/** A page that waits for its answer. Its id is what guards against forged requests: it is good for one answer. */
export type PendingPage =
  | { kind: 'authorize'; request: AuthorizeRequest }
  | { kind: 'user code' }
  | { kind: 'device'; userCode: string }
