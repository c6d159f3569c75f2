/**
 * What makes a device look real and nobody asserts on. Painted by faker, whose values for a seed change between its
 * minor releases: its version is pinned exactly and a golden digest in the tests guards it.
 */
export interface Paint {
  /** Twelve hexadecimal digits. */
  macAddress: string
  vmId: string
  subscriptionId: string
  resourceGroup: string
}

export type Cosmetics = (seed: number) => Paint

/**
 * Loads faker on first demand (it costs more than everything else at start). The instance is shared by the process but
 * seeded anew for every device, so emulators cannot influence each other.
 */
export async function loadCosmetics(): Promise<Cosmetics> {
  const { faker } = await import('@faker-js/faker/locale/en')
  return seed => {
    faker.seed(seed)
    return {
      macAddress: faker.internet.mac('').toUpperCase(),
      vmId: faker.string.uuid(),
      subscriptionId: faker.string.uuid(),
      resourceGroup: `rg-${faker.word.noun().toLowerCase()}`
    }
  }
}
