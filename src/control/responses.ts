import {
  type Mutation,
  type MutationName,
  mutationNames,
  mutations,
  type ResponseMode,
  responseModes
} from '../defender/mutations.js'
import type { Responses } from '../defender/responses.js'
import { suggestion } from '../edit-distance.js'
import { Malformed } from '../world/errors.js'
import type { Kept, Tenants } from './kept.js'

export interface MutationInfo extends Mutation {
  name: MutationName
}

/** How far the answers to a tenant make use of what the contract permits: `usual`, `sparse` or `legal-worst`. */
export class ResponseControl implements Kept {
  readonly name = 'responses'
  readonly #responses: Responses
  readonly #tenants: Tenants

  constructor(responses: Responses, tenants: Tenants) {
    this.#responses = responses
    this.#tenants = tenants
  }

  get(tenant = this.#tenants.defaultTenant): ResponseMode {
    return this.#responses.mode(tenant)
  }

  set(mode: ResponseMode, tenant = this.#tenants.defaultTenant): void {
    if (!responseModes.includes(mode)) {
      const known = responseModes.join(', ')
      throw new Malformed(`there are no responses "${mode}", only ${known}${suggestion(mode, responseModes)}`)
    }
    this.#tenants.of(tenant)
    this.#responses.set(tenant, mode)
  }

  /** What is done to answers, each with what allows it. */
  mutations(): MutationInfo[] {
    return mutationNames.map(name => ({ name, ...mutations[name] }))
  }

  state(tenant: string): ResponseMode | undefined {
    return this.#responses.own(tenant)
  }

  async flawOf(state: unknown): Promise<string | undefined> {
    const known = responseModes.some(mode => mode === state)
    return known ? undefined : `its responses: one of ${responseModes.join(', ')} was expected`
  }

  restore(tenant: string, state: unknown): void {
    this.#responses.reset(tenant)
    if (state !== undefined) this.#responses.set(tenant, state as ResponseMode)
  }
}
