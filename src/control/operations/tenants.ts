import { done, notFound, operation } from '../operation.js'
import { TenantsBody } from '../schemas.js'

/** Who has a world here. */
export const tenants = [
  operation({
    method: 'GET',
    path: '/tenants',
    operationId: 'listTenants',
    summary: 'Tenants that were described or asked for',
    tenant: 'all of them',
    answers: { 200: { description: 'OK', ...TenantsBody } },
    run: ({ control, tenant }) => control.tenants(tenant)
  }),
  operation({
    method: 'DELETE',
    path: '/tenants/:id',
    operationId: 'removeTenant',
    summary: "Forget a tenant's world",
    description: 'Changes and all. It is made anew, as seeded, when it is asked for again.',
    params: { id: { type: 'string', description: 'Tenant id or domain.' } },
    answers: { 204: done, 404: notFound('No such tenant.') },
    run: ({ control, params }) => control.removeTenant(params.id)
  })
]
