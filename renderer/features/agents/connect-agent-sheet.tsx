/** Connecting one agent: a program, a name, a key that is made on the spot, and the snippet for exactly that program. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { allServers, type AgentProgram } from '../../../gateway-core/contract/agent-setup.js'
import {
  api,
  type Agent,
  getStatusOptions,
  listAgentsOptions,
  listServersOptions,
  problemOf,
} from '../../client/api.js'
import { Button } from '../../components/button.js'
import { Sheet } from '../../components/dialog.js'
import { Select } from '../../components/select.js'
import { TextField } from '../../components/text-field.js'
import { ErrorCard } from '../errors/error-card.js'
import { programOptions, SetupSteps, type MadeKey } from './setup-steps.js'

export interface ConnectAgentSheetProps {
  readonly open: boolean
  readonly onClose: () => void
  /** An agent that gets one more key. */
  readonly initialName?: string | undefined
}

export function ConnectAgentSheet(props: ConnectAgentSheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet open={props.open} onOpenChange={(open) => !open && props.onClose()} title={t('agents.setup.title')}>
      <ConnectAgent {...props} />
    </Sheet>
  )
}

function ConnectAgent({ onClose, initialName }: ConnectAgentSheetProps) {
  const { t } = useTranslation()
  const [program, setProgram] = useState<AgentProgram>('claude-code')
  const [made, setMade] = useState<MadeKey>()
  if (made === undefined)
    return <ChooseAgent program={program} onProgram={setProgram} initialName={initialName} onMade={setMade} />
  return (
    <div className="grid gap-4">
      <SetupSteps made={made} initialProgram={program} isBound />
      <div>
        <Button variant="primary" onClick={onClose}>
          {t('agents.setup.done')}
        </Button>
      </div>
    </div>
  )
}

interface ChooseAgentProps {
  readonly program: AgentProgram
  readonly onProgram: (program: AgentProgram) => void
  readonly initialName: string | undefined
  readonly onMade: (made: MadeKey) => void
}

function ChooseAgent({ program, onProgram, initialName, onMade }: ChooseAgentProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(initialName)
  const [reach, setReach] = useState<string>(allServers)
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const agents = useQuery(listAgentsOptions()).data?.items ?? []
  const servers = useQuery(listServersOptions()).data?.items ?? []
  const name = typed ?? (program === 'other' ? 'agent' : program)
  const known = agents.find((agent) => agent.name === name)
  const base = `${dataUrl}/agents/${name}/mcp`
  const make = useMutation({
    mutationFn: () => makeKey(name, known),
    gcTime: 0,
    onSuccess: ({ id, key, urls }) => onMade({ id, key, url: urls[reach] ?? base }),
  })
  const problem = make.error === null ? undefined : problemOf(make.error, 0)
  const nameError = problem?.fieldError('name')
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <Select label={t('agents.setup.program')} value={program} onChange={onProgram} options={programOptions} />
      <TextField
        label={t('agents.setup.name')}
        hint={known !== undefined ? t('agents.setup.known') : t('agents.setup.nameHint', { url: base })}
        error={nameError}
        mono
        value={name}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Select
        label={t('agents.setup.reach')}
        value={reach}
        onChange={setReach}
        options={[
          { value: allServers, label: t('agents.setup.reachAll') },
          ...servers.map(({ slug }) => ({ value: slug, label: t('agents.setup.reachOne', { server: slug }) })),
        ]}
      />
      {problem !== undefined && nameError === undefined && <ErrorCard error={problem} />}
      <div>
        <Button type="submit" variant="primary" loading={make.isPending}>
          {t('agents.setup.make')}
        </Button>
      </div>
    </form>
  )
}

interface KeyAndUrls extends Pick<Agent, 'urls'> {
  readonly id: string
  readonly key: string
}

/** A key that is good on the agent's own paths only. */
async function makeKey(name: string, known: Pick<Agent, 'urls'> | undefined): Promise<KeyAndUrls> {
  if (known !== undefined) {
    const { data } = await api.addKey({ body: { name, agent: name }, throwOnError: true })
    return { id: data.id, key: data.key, urls: known.urls }
  }
  const { data } = await api.addAgent({ body: { name }, throwOnError: true })
  return { id: data.keyId, key: data.key, urls: data.urls }
}
