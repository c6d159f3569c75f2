/** What a user copies. */
export interface Credentials {
  tenant: string
  clientId: string
  clientSecret: string
  /** Null while the control plane is open. */
  adminToken: string | null
}
