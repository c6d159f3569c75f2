import { type Endpoint, pathOf } from './defender/endpoint.js'
import { endpoints } from './defender/endpoints/index.js'
import { type Mutation, type MutationName, mutationNames, mutations } from './defender/mutations.js'
import { unserved } from './defender/operations.js'
import { type Quirk, type QuirkName, quirkNames, quirks } from './defender/quirks.js'
import { decisions, type Evidence, levels } from './evidence.js'

/** What is served of Microsoft's reference, as a page for people (`SUPPORTED.md`). Made from what the router loops over. */
export function supported(): string {
  const rows = endpoints.map(endpoint => {
    const { doc, permissions, tolerated } = endpoint
    const page = `[${doc}](https://learn.microsoft.com/en-us/defender-endpoint/api/${doc})`
    const delegated = [
      ...permissions.delegated,
      ...(tolerated?.delegated ?? []).map(permission => `${permission} (assumed)`)
    ]
    return `| \`${operation(endpoint)}\` | ${permissions.application.join(', ')} | ${delegated.join(', ') || 'none'} | ${optionsOf(endpoint)} | ${page} |`
  })
  return `# What is supported

Made from the code by \`npm run openapi\`; a test keeps it true. Not affiliated with Microsoft.

How sure we are that the real service behaves so: **documented** by Microsoft, **observed** in public, or **assumed**.

## Served: ${endpoints.length} operations, and the model

A token needs one of the permissions: application ones in \`roles\`, delegated ones in \`scp\`. Every collection also
has \`/$count\`, \`$orderby\`, \`$select\`, \`$count\`, \`$skip\` and \`$format=json\`; single objects have \`$select\`.

| operation | application | delegated | options | page |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
| \`GET /api/$metadata\` | any good token | any good token | \`$format\` | [api-power-bi](https://learn.microsoft.com/en-us/defender-endpoint/api/api-power-bi) |
| \`GET /api\` | any good token | any good token | | OData service document |

## Not served: ${unserved.operations.length} operations and ${unserved.families.length} families

They exist in production and answer 501 here, with what is served.

Of machines:

${unserved.operations.map(name => `- \`${name}\``).join('\n')}

Everything below ${unserved.families.map(name => `\`/api/${name}\``).join(', ')}.

## Quirks

What the real service does, or did, that clients must survive, and what nobody knows of it. Switched by \`--quirks\`, or for a
tenant at \`/_emulator/quirks\`.

| quirk | what | since | how sure | a client |
| --- | --- | --- | --- | --- |
${quirkNames.map(quirkRow).join('\n')}

## What the contract permits

With \`--responses sparse\` or \`legal-worst\` (for a tenant: \`/_emulator/responses\`) answers make use of what no capture shows but
the service's types and OData allow. None of it is Microsoft's behaviour. Options such as \`$filter\` see the values before.

| what is done | allowed by | with |
| --- | --- | --- |
${mutationNames.map(mutationRow).join('\n')}

## How sure we are

Of every operation:

${listed(decisions)}
${endpoints.map(endpoint => `\n### \`${operation(endpoint)}\`\n\n${listed(endpoint.evidence)}`).join('\n')}
`
}

function quirkRow(name: QuirkName): string {
  const { what, since, level, source, survive, usual }: Quirk = quirks[name]
  return `| \`${name}\`${usual ? ' (on)' : ''} | ${what} | ${since} | **${level}**: ${source} | ${survive} |`
}

function mutationRow(name: MutationName): string {
  const { what, allowed, modes }: Mutation = mutations[name]
  return `| \`${name}\`: ${what} | ${allowed} | ${modes.join(', ')} |`
}

function operation(endpoint: Endpoint): string {
  const parameters = Object.entries(endpoint.parameters ?? {}).map(([name, { required = false }]) =>
    required ? `${name}={${name}}` : `[${name}={${name}}]`
  )
  return `GET /api${pathOf(endpoint)}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`
}

function optionsOf(endpoint: Endpoint): string {
  if (endpoint.kind === 'single') return ''
  const filter = endpoint.filterable === undefined ? 'every property (assumed)' : endpoint.filterable.join(', ')
  const pages = endpoint.export === undefined ? '' : '; `$skiptoken`'
  return `\`$filter\` on ${filter}; \`$top\` up to ${endpoint.maxTop.toLocaleString('en')}${pages}`
}

function listed(evidence: readonly Evidence[]): string {
  return levels
    .flatMap(level => evidence.filter(row => row.level === level))
    .map(({ what, level, source }) => `- **${level}**: ${what} (${source})`)
    .join('\n')
}
