import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { addressBook } from '../src/address.js'

const request = (headers: Record<string, string>, socket: object = { localAddress: '127.0.0.1', localPort: 6330 }) =>
  ({ raw: { headers, socket } }) as unknown as FastifyRequest

t.test('the address that a client used', async t => {
  const plain = addressBook({})
  const proxied = addressBook({ trustProxy: true })
  for (const [name, addressOf, headers, expected] of [
    ['its Host', plain, { host: 'mde.test:8080' }, 'http://mde.test:8080'],
    ['without a port', plain, { host: 'mde.test' }, 'http://mde.test'],
    ['IPv6', plain, { host: '[::1]:6330' }, 'http://[::1]:6330'],
    ['no Host', plain, {}, 'http://127.0.0.1:6330'],
    ['a hostile Host', plain, { host: 'a"><script>' }, 'http://127.0.0.1:6330'],
    [
      'forwarded, but not trusted',
      plain,
      { host: 'a', 'x-forwarded-host': 'b', 'x-forwarded-proto': 'https' },
      'http://a'
    ],
    ['forwarded', proxied, { host: 'a', 'x-forwarded-host': 'b', 'x-forwarded-proto': 'https' }, 'https://b'],
    [
      'the first of several',
      proxied,
      { host: 'a', 'x-forwarded-host': 'b, c', 'x-forwarded-proto': 'https,http' },
      'https://b'
    ],
    [
      'with a port',
      proxied,
      { host: 'a', 'x-forwarded-host': 'b', 'x-forwarded-proto': 'https', 'x-forwarded-port': '8443' },
      'https://b:8443'
    ],
    [
      'with the usual port',
      proxied,
      { host: 'a', 'x-forwarded-host': 'b', 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' },
      'https://b'
    ],
    [
      'with a prefix',
      proxied,
      { host: 'a', 'x-forwarded-host': 'b', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/mde/' },
      'https://b/mde'
    ],
    [
      'nonsense forwarded',
      proxied,
      { host: 'a', 'x-forwarded-host': '<b>', 'x-forwarded-proto': 'gopher', 'x-forwarded-prefix': '//x' },
      'http://a'
    ]
  ] as const) {
    t.equal(addressOf(request(headers as Record<string, string>)), expected, name)
  }
  t.equal(plain(request({}, { localAddress: '::1', localPort: 1 })), 'http://[::1]:1')
  t.equal(plain(request({ host: 'a' }, { encrypted: true })), 'https://a')
})

t.test('--public-url wins', async t => {
  const addressOf = addressBook({ publicUrl: 'https://gateway.test/mde/', trustProxy: true })
  t.equal(addressOf(request({ host: 'a', 'x-forwarded-host': 'b' })), 'https://gateway.test/mde')
})
