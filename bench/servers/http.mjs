// The floor: node:http that sends the same bytes and headers, and checks nothing.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { body, headers } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const bytes = Buffer.from(body)
const server = createServer((_request, response) => {
  response.writeHead(200, headers)
  response.end(bytes)
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })))
