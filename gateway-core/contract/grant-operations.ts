/** The control API's operations on what people have allowed agents that signed in. */
import * as z from 'zod'
import { idParamsSchema, subjectListQuerySchema } from './control-schemas.js'
import { read, write, type Operation } from './operation.js'
import { listOf } from './schema-parts.js'

const grantSchema = z.object({
  id: z.string(),
  clientId: z.string(),
  clientName: z.string().describe('What the agent calls itself.'),
  redirectUri: z.string().describe('Where it was sent back to.'),
  subject: z.string(),
  issuer: z.string().optional().describe('Identity provider; missing where the local user approved.'),
  email: z.string().optional(),
  servers: z.array(z.string()).readonly().describe('Slugs that it may use, one by one or through /mcp.'),
  createdAt: z.string(),
  updatedAt: z.string(),
})

export const grantOperations = {
  listGrants: {
    ...read,
    method: 'get',
    path: '/grants',
    summary: 'What people have allowed agents that signed in.',
    query: subjectListQuerySchema,
    answer: listOf(grantSchema),
  },
  removeGrant: {
    ...write,
    method: 'delete',
    path: '/grants/{id}',
    summary: 'Signs an agent out: its tokens are worth nothing from the next request on.',
    params: idParamsSchema,
  },
  rotateSignInKeys: {
    method: 'post',
    path: '/oauth-keys/rotate',
    summary: 'Signs tokens with a new key from now on; those that were signed before stay good until they end.',
    effect: 'secret',
    needsVault: true,
    statuses: [200],
    answer: z.object({ kid: z.string() }),
  },
} as const satisfies Record<string, Operation>
