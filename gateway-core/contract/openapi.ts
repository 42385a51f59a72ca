/** Describes the control API as an OpenAPI 3.1 document, made from the table of its operations. */
import * as z from 'zod'
import { apiPrefix, operationTable, profileMediaTypes, type Operation } from './control-api.js'
import { problemSchema } from './control-schemas.js'

type JsonObject = Readonly<Record<string, unknown>>

/** @param version of the gateway, as it calls itself */
export function describeControlApi(version: string): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [id, operation] of Object.entries(operationTable))
    (paths[operation.path] ??= {})[operation.method] = describeOperation(id, operation)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse control API',
      version,
      description: 'Loopback only. Every request needs the control token.',
    },
    servers: [{ url: apiPrefix }],
    security: [{ controlToken: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        controlToken: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'gatehouse_session' },
      },
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      responses: {
        Problem: {
          description: 'A problem document (RFC 9457).',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

function describeOperation(id: string, operation: Operation): JsonObject {
  const parameters = [...describeParameters(operation.params, 'path'), ...describeParameters(operation.query, 'query')]
  const content = describeBody(operation)
  return {
    operationId: id,
    summary: operation.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined ? {} : { requestBody: { required: operation.bodyMayBeMissing !== true, content } }),
    responses: {
      ...Object.fromEntries(operation.statuses.map((status) => [String(status), describeAnswer(operation)])),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function describeParameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly JsonObject[] {
  if (schema === undefined) return []
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: jsonSchema(field as z.ZodType, 'input'),
  }))
}

function describeBody(operation: Operation): JsonObject | undefined {
  if (operation.takesFile) {
    const file = { schema: { type: ['string', 'object'], description: 'The profile file itself.' } }
    return Object.fromEntries(Object.keys(profileMediaTypes).map((type) => [type, file]))
  }
  return operation.body === undefined
    ? undefined
    : { 'application/json': { schema: jsonSchema(operation.body, 'input') } }
}

function describeAnswer(operation: Operation): JsonObject {
  const content = {
    ...(operation.answer === undefined
      ? {}
      : { 'application/json': { schema: jsonSchema(operation.answer, 'output') } }),
    ...Object.fromEntries((operation.answerTypes ?? []).map((type) => [type, {}])),
  }
  return { description: operation.summary, ...(Object.keys(content).length === 0 ? {} : { content }) }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return described
}
