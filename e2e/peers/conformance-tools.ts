/** The tools that the official conformance suite calls, by the names and with the behaviour that its scenarios expect. */
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  type CallToolResult,
  type ContentBlock,
  type CreateMessageResult,
  type CreateMessageResultWithTools,
  type ElicitRequestFormParams,
  type InputRequests,
  type InputRequiredResult,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'

/** A PNG of one pixel, base64. */
export const onePixelPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=='

/** A WAV file without samples, base64. */
const emptyWav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA='

const nameSchema = z.object({ name: z.string() })
const okSchema = z.object({ ok: z.boolean() })
const colorSchema = z.object({ color: z.string() })

function text(value: string): CallToolResult {
  return { content: [{ type: 'text', text: value }] }
}

/** Registers every tool. `state` signs the `requestState` of tools that ask in several rounds. */
export function registerTools(server: McpServer, notify: ServerNotifier, state: RequestStateCodec): void {
  registerContentTools(server)
  registerStreamingTools(server)
  registerPushTools(server)
  registerInputTools(server)
  registerStatefulInputTools(server, state)
  registerDiagnosticTools(server, notify)
}

function registerContentTools(server: McpServer): void {
  const mixedResource = {
    uri: 'test://mixed-content-resource',
    mimeType: 'application/json',
    text: '{"test":"data","value":123}',
  }
  const contents: Record<string, ContentBlock[]> = {
    test_simple_text: [{ type: 'text', text: 'This is a simple text response for testing.' }],
    test_image_content: [{ type: 'image', data: onePixelPng, mimeType: 'image/png' }],
    test_audio_content: [{ type: 'audio', data: emptyWav, mimeType: 'audio/wav' }],
    test_embedded_resource: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
    test_multiple_content_types: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: onePixelPng, mimeType: 'image/png' },
      { type: 'resource', resource: mixedResource },
    ],
  }
  for (const [name, content] of Object.entries(contents)) {
    server.registerTool(name, { description: `Answers with the content that ${name} stands for` }, () => ({ content }))
  }
  server.registerTool('test_error_handling', { description: 'Always fails' }, () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
}

function registerStreamingTools(server: McpServer): void {
  server.registerTool('test_tool_with_logging', { description: 'Logs three times while it runs' }, async (ctx) => {
    for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await ctx.mcpReq.log('info', message)
      await delay(50)
    }
    return text('Tool with logging executed successfully')
  })
  server.registerTool('test_tool_with_progress', { description: 'Reports progress three times' }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        const params = { progressToken, progress, total: 100 }
        await ctx.mcpReq.notify({ method: 'notifications/progress', params })
      }
      await delay(50)
    }
    return text('Tool with progress executed successfully')
  })
  server.registerTool('test_reconnection', { description: 'Closes its own stream before it answers' }, async (ctx) => {
    ctx.http?.closeSSE?.()
    await delay(100)
    return text('Answered after the stream was closed')
  })
}

/** Only the older era can be asked from within a call; the stateless one is answered with the question. */
function isStateless(ctx: ServerContext): boolean {
  return ctx.mcpReq.envelope !== undefined
}

async function elicited(
  ctx: ServerContext,
  params: ElicitRequestFormParams,
): Promise<CallToolResult | InputRequiredResult> {
  if (!isStateless(ctx)) return elicitedText(await ctx.mcpReq.elicitInput(params))
  const answer = inputResponse(ctx.mcpReq.inputResponses, 'asked')
  if (answer.kind === 'elicit') return elicitedText(answer)
  return inputRequired({ inputRequests: { asked: inputRequired.elicit(params) } })
}

function elicitedText({ action, content }: { readonly action: string; readonly content?: unknown }): CallToolResult {
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`)
}

function sampledText({ content }: CreateMessageResult | CreateMessageResultWithTools): CallToolResult {
  const [block] = Array.isArray(content) ? content : [content]
  return text(`LLM response: ${block?.type === 'text' ? block.text : ''}`)
}

function registerPushTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: 'Asks the client for a completion', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }]
      if (!isStateless(ctx)) return sampledText(await ctx.mcpReq.requestSampling({ messages, maxTokens: 100 }))
      const answer = inputResponse(ctx.mcpReq.inputResponses, 'asked')
      if (answer.kind === 'sampling') return sampledText(answer.result)
      return inputRequired({ inputRequests: { asked: askModel(prompt) } })
    },
  )
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user for a name and an address', inputSchema: z.object({ message: z.string() }) },
    ({ message }, ctx) =>
      elicited(ctx, {
        message,
        requestedSchema: {
          type: 'object',
          properties: {
            username: { type: 'string', description: "User's response" },
            email: { type: 'string', description: "User's email address" },
          },
          required: ['username', 'email'],
        },
      }),
  )
  server.registerTool('test_elicitation_sep1034_defaults', { description: 'Elicits with default values' }, (ctx) =>
    elicited(ctx, { message: 'Please review the defaults', requestedSchema: defaultsSchema }),
  )
  server.registerTool('test_elicitation_sep1330_enums', { description: 'Elicits with every form of enum' }, (ctx) =>
    elicited(ctx, { message: 'Please choose', requestedSchema: enumsSchema }),
  )
}

const defaultsSchema: ElicitRequestFormParams['requestedSchema'] = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
}

const enumsSchema: ElicitRequestFormParams['requestedSchema'] = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
    titledSingle: {
      type: 'string',
      oneOf: [
        { const: 'value1', title: 'First Option' },
        { const: 'value2', title: 'Second Option' },
      ],
    },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2'], enumNames: ['Option One', 'Option Two'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
    titledMulti: {
      type: 'array',
      items: {
        anyOf: [
          { const: 'value1', title: 'First Choice' },
          { const: 'value2', title: 'Second Choice' },
        ],
      },
    },
  },
}

const askName = (): InputRequests[string] =>
  inputRequired.elicit({ message: 'What is your name?', requestedSchema: nameSchema })

const askModel = (question: string): InputRequests[string] =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens: 100,
  })

function registerInputTools(server: McpServer): void {
  server.registerTool('test_input_required_result_elicitation', { description: 'Asks for a name' }, (ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, 'user_name', nameSchema)
    if (answer === undefined) return inputRequired({ inputRequests: { user_name: askName() } })
    return text(`Hello, ${answer.name}!`)
  })
  server.registerTool('test_input_required_result_sampling', { description: 'Asks for a completion' }, (ctx) => {
    const answer = inputResponse(ctx.mcpReq.inputResponses, 'capital_question')
    if (answer.kind === 'sampling') return text(JSON.stringify(answer.result.content))
    return inputRequired({ inputRequests: { capital_question: askModel('What is the capital of France?') } })
  })
  server.registerTool('test_input_required_result_list_roots', { description: 'Asks for roots' }, (ctx) => {
    const answer = inputResponse(ctx.mcpReq.inputResponses, 'client_roots')
    if (answer.kind === 'roots') return text(answer.roots.map((root) => root.uri).join(', '))
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
  })
  server.registerTool('test_input_required_result_capabilities', { description: 'Asks what it may ask' }, (ctx) => {
    const envelope: Readonly<Record<string, unknown>> = ctx.mcpReq.envelope ?? {}
    const declared = Object.keys(envelope[CLIENT_CAPABILITIES_META_KEY] ?? {})
    const inputRequests: InputRequests = {}
    if (declared.includes('elicitation')) inputRequests['name'] = askName()
    if (declared.includes('sampling')) inputRequests['greeting'] = askModel('Generate a greeting')
    if (Object.keys(inputRequests).length === 0) return text('Nothing may be asked')
    return inputRequired({ inputRequests })
  })
}

function registerStatefulInputTools(server: McpServer, state: RequestStateCodec): void {
  const confirm = inputRequired.elicit({ message: 'Please confirm', requestedSchema: okSchema })
  for (const name of ['test_input_required_result_request_state', 'test_input_required_result_tampered_state']) {
    server.registerTool(name, { description: 'Asks for a confirmation, with signed state' }, async (ctx) => {
      const answer = acceptedContent(ctx.mcpReq.inputResponses, 'confirm', okSchema)
      if (answer !== undefined && ctx.mcpReq.requestState() !== undefined) return text('state-ok')
      return inputRequired({ inputRequests: { confirm }, requestState: await state.mint({ asked: 'confirm' }) })
    })
  }
  server.registerTool(
    'test_input_required_result_multiple_inputs',
    { description: 'Asks three things' },
    async (ctx) => {
      const responses = ctx.mcpReq.inputResponses
      const name = acceptedContent(responses, 'user_name', nameSchema)
      const isAnswered =
        inputResponse(responses, 'greeting').kind === 'sampling' &&
        inputResponse(responses, 'client_roots').kind === 'roots'
      if (name !== undefined && isAnswered) return text(`Hello, ${name.name}!`)
      return inputRequired({
        inputRequests: {
          user_name: askName(),
          greeting: askModel('Generate a greeting'),
          client_roots: inputRequired.listRoots(),
        },
        requestState: await state.mint({ asked: 'all' }),
      })
    },
  )
  server.registerTool('test_input_required_result_multi_round', { description: 'Asks twice' }, async (ctx) => {
    const round = ctx.mcpReq.requestState<{ readonly name?: string; readonly step: number }>()
    const name = acceptedContent(ctx.mcpReq.inputResponses, 'step1', nameSchema)
    const color = acceptedContent(ctx.mcpReq.inputResponses, 'step2', colorSchema)
    if (round?.step === 2 && color !== undefined) return text(`${round.name ?? ''} likes ${color.color}`)
    if (round?.step === 1 && name !== undefined) {
      const step2 = inputRequired.elicit({
        message: 'Step 2: What is your favorite color?',
        requestedSchema: colorSchema,
      })
      return inputRequired({ inputRequests: { step2 }, requestState: await state.mint({ step: 2, name: name.name }) })
    }
    const step1 = inputRequired.elicit({ message: 'Step 1: What is your name?', requestedSchema: nameSchema })
    return inputRequired({ inputRequests: { step1 }, requestState: await state.mint({ step: 1 }) })
  })
}

function registerDiagnosticTools(server: McpServer, notify: ServerNotifier): void {
  server.registerTool('test_missing_capability', { description: 'Needs sampling' }, () =>
    inputRequired({ inputRequests: { needed: askModel('Anything') } }),
  )
  server.registerTool('test_streaming_elicitation', { description: 'Needs elicitation' }, () =>
    inputRequired({ inputRequests: { user_name: askName() } }),
  )
  server.registerTool('test_logging_tool', { description: 'Logs where the request asks for it' }, async (ctx) => {
    await ctx.mcpReq.log('info', 'A line that was asked for')
    return text('Logged')
  })
  server.registerTool('test_trigger_tool_change', { description: 'Says that the tools changed' }, () => {
    notify.toolsChanged()
    return text('Said so')
  })
  server.registerTool('test_trigger_prompt_change', { description: 'Says that the prompts changed' }, () => {
    notify.promptsChanged()
    return text('Said so')
  })
  server.registerTool(
    'test_custom_header_param',
    { description: 'Mirrors one argument in a header', inputSchema: fromJsonSchema(headerParamSchema) },
    (args) => text(JSON.stringify(args)),
  )
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Tool with JSON Schema 2020-12 features', inputSchema: fromJsonSchema(schema202012) },
    (args) => text(JSON.stringify(args)),
  )
}

const headerParamSchema = {
  type: 'object',
  properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
  required: ['region'],
}

const schema202012 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
}
