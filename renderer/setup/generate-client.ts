/** Writes `renderer/client/generated/`: the client of the control API, made from its OpenAPI document. Run by the build. */
import { createClient } from '@hey-api/openapi-ts'
import { join } from 'node:path'
import { describeControlApi } from '../../gateway-core/contract/openapi.js'

await createClient({
  input: { ...describeControlApi('0') },
  output: { path: join(import.meta.dirname, '../client/generated'), module: { extension: '.js' } },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk', '@tanstack/react-query'],
  logs: { level: 'error', file: false },
})
