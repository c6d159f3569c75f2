import { randomUUID } from 'node:crypto'
import { GenericContainer, Wait } from 'testcontainers'

/** Beyond loopback the control plane wants a token, and in a container everything is beyond loopback. */
const adminToken = randomUUID()

/** An emulator in a container of its own, and how to reach it. `docker build -t mde-emulator .` makes the image. */
export async function startEmulator() {
  const container = await new GenericContainer(process.env.MDE_EMULATOR_IMAGE ?? 'mde-emulator')
    // Every option of the emulator has a variable.
    .withEnvironment({ MDE_EMULATOR_ADMIN_TOKEN: adminToken, MDE_EMULATOR_SEED: '7' })
    .withExposedPorts(6330)
    // Keys and world are there. The image's own health check says the same, but is asked every five seconds only.
    .withWaitStrategy(Wait.forHttp('/readyz', 6330))
    .start()
  const url = `http://${container.getHost()}:${container.getMappedPort(6330)}`
  return { url, adminToken, stop: () => container.stop() }
}
