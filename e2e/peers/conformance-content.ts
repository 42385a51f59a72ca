/** The resources, prompts and completions that the official conformance suite asks for. */
import {
  acceptedContent,
  completable,
  inputRequired,
  ResourceTemplate,
  type McpServer,
} from '@modelcontextprotocol/server'
import * as z from 'zod'
import { onePixelPng } from './conformance-tools.js'

/** Registers every resource and prompt, and the legacy era's subscriptions. */
export function registerContent(server: McpServer, era: 'legacy' | 'modern'): void {
  registerResources(server)
  registerPrompts(server)
  if (era === 'modern') return
  server.server.setRequestHandler('resources/subscribe', () => ({}))
  server.server.setRequestHandler('resources/unsubscribe', () => ({}))
}

function registerResources(server: McpServer): void {
  const texts = {
    'static-text': 'This is the content of the static text resource.',
    'watched-resource': 'Watched resource content',
  }
  for (const [name, content] of Object.entries(texts)) {
    const config = { description: `The resource ${name}`, mimeType: 'text/plain' }
    server.registerResource(name, `test://${name}`, config, (uri) => ({
      contents: [{ uri: uri.href, mimeType: 'text/plain', text: content }],
    }))
  }
  const binary = { description: 'An image', mimeType: 'image/png' }
  server.registerResource('static-binary', 'test://static-binary', binary, (uri) => ({
    contents: [{ uri: uri.href, mimeType: 'image/png', blob: onePixelPng }],
  }))
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'A resource with a parameter', mimeType: 'application/json' },
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  )
}

function registerPrompts(server: McpServer): void {
  const user = 'user' as const
  server.registerPrompt('test_simple_prompt', { description: 'A prompt without arguments' }, () => ({
    messages: [{ role: user, content: { type: 'text', text: 'This is a simple prompt for testing.' } }],
  }))
  const complete = (value: string): string[] => ['paris', 'park', 'party'].filter((known) => known.startsWith(value))
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'A prompt with two arguments',
      argsSchema: z.object({ arg1: completable(z.string(), complete), arg2: z.string() }),
    },
    ({ arg1, arg2 }) => ({
      messages: [
        { role: user, content: { type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` } },
      ],
    }),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A prompt that embeds a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [
        {
          role: user,
          content: {
            type: 'resource',
            resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
          },
        },
        { role: user, content: { type: 'text', text: 'Please process the embedded resource above.' } },
      ],
    }),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'A prompt with an image' }, () => ({
    messages: [
      { role: user, content: { type: 'image', data: onePixelPng, mimeType: 'image/png' } },
      { role: user, content: { type: 'text', text: 'Please analyze the image above.' } },
    ],
  }))
  const contextSchema = z.object({ context: z.string() })
  server.registerPrompt('test_input_required_result_prompt', { description: 'A prompt that asks first' }, (ctx) => {
    const answer = acceptedContent(ctx.mcpReq.inputResponses, 'user_context', contextSchema)
    if (answer !== undefined) {
      return { messages: [{ role: user, content: { type: 'text', text: `Context: ${answer.context}` } }] }
    }
    const message = 'What context should the prompt use?'
    return inputRequired({
      inputRequests: { user_context: inputRequired.elicit({ message, requestedSchema: contextSchema }) },
    })
  })
}
