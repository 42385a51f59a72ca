/** Agents' own configuration files: what each operation on them does. */
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'

type AgentConfigOperation =
  | 'listAgentConfigs'
  | 'importAgentConfigs'
  | 'previewAgentConnection'
  | 'connectAgentConfig'
  | 'undoAgentConnection'
  | 'disconnectAgentConfig'

export function agentConfigHandlers({ agentConfigs }: ControlServices): HandlersOf<AgentConfigOperation> {
  return {
    listAgentConfigs: async ({ query }) => ({ json: listPage(await agentConfigs.list(), query, ({ app }) => app) }),
    importAgentConfigs: async ({ body }) => ({ json: { files: [...(await agentConfigs.import(body))] } }),
    previewAgentConnection: async ({ params, body }) => ({ json: await agentConfigs.preview(params.app, body) }),
    connectAgentConfig: async ({ params, body }) => ({ json: await agentConfigs.connect(params.app, body) }),
    undoAgentConnection: async ({ params }) => ({ json: await agentConfigs.undo(params.app) }),
    disconnectAgentConfig: async ({ params }) => ({ json: await agentConfigs.disconnect(params.app) }),
  }
}
