/** A key that was just made, and how one program is told of it. The key is gone from the page when this is closed. */
import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  agentProgramNames,
  agentPrograms,
  agentSetup,
  exportKey,
  keyVariable,
  type AgentProgram,
  type AgentSetup,
  type SetupStep,
} from '../../../gateway-core/contract/agent-setup.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { MaskedCopy } from '../../components/masked-copy.js'
import { Select } from '../../components/select.js'
import { FirstCall } from './first-call.js'

export interface MadeKey {
  readonly id: string
  readonly key: string
  /** What the agent calls. */
  readonly url: string
}

export const programOptions = agentPrograms.map((value) => ({ value, label: agentProgramNames[value] }))

export interface SetupStepsProps {
  readonly made: MadeKey
  readonly initialProgram: AgentProgram
  /** Whether the key is good on these addresses only. */
  readonly isBound: boolean
}

export function SetupSteps({ made, initialProgram, isBound }: SetupStepsProps) {
  const { t } = useTranslation()
  const [program, setProgram] = useState(initialProgram)
  const setup = agentSetup(program, made)
  const name = agentProgramNames[program]
  return (
    <div className="grid gap-4">
      <section className="grid gap-1">
        <h3 className="font-medium">{t('agents.setup.key')}</h3>
        <MaskedCopy label={t('agents.setup.key')} value={made.key} />
        <p className="text-sm text-fg-2">{t(isBound ? 'agents.setup.keyOnce' : 'agents.setup.keyOnceAnywhere')}</p>
      </section>
      <Select label={t('agents.setup.program')} value={program} onChange={setProgram} options={programOptions} />
      <KeyPlace setup={setup} keyText={made.key} />
      {program === 'windsurf' && <p className="text-fg-2">{t('agents.setup.windsurf')}</p>}
      {program === 'claude-desktop' && <p className="text-fg-2">{t('agents.setup.bridge')}</p>}
      <ol className="grid gap-3">
        {setup.steps.map((step) => (
          <li key={`${program} ${step.kind} ${step.where ?? ''}`}>
            <Step step={step} program={name} secret={made.key} />
          </li>
        ))}
      </ol>
      {setup.restart && <p>{t('agents.setup.restart', { program: name })}</p>}
      <FirstCall keyId={made.id} />
    </div>
  )
}

function KeyPlace({ setup, keyText }: { readonly setup: AgentSetup; readonly keyText: string }) {
  const { t } = useTranslation()
  const program = agentProgramNames[setup.program]
  const text = t(`agents.setup.keyFrom.${setup.keyFrom}`, { program, variable: keyVariable })
  if (setup.keyFrom === 'file') return <Banner tone="open">{text}</Banner>
  return (
    <section className="grid gap-1">
      <p>{text}</p>
      {setup.keyFrom === 'environment' && (
        <Snippet label={t('agents.setup.exportLine')} text={exportKey(keyText)} secret={keyText} />
      )}
    </section>
  )
}

function Step(props: { readonly step: SetupStep; readonly program: string; readonly secret: string }) {
  const { t } = useTranslation()
  const { step, program, secret } = props
  const where = step.where ?? ''
  const heading = <h3 className="font-medium">{t(`agents.setup.kind.${step.kind}`, { where })}</h3>
  if (step.kind === 'link')
    return (
      <section className="grid justify-items-start gap-1">
        {heading}
        <div className="flex flex-wrap items-center gap-2">
          <Button icon={<ExternalLink size={14} aria-hidden />} render={<a href={step.text} />}>
            {t('agents.setup.open', { program })}
          </Button>
          <CopyButton text={step.text} what={t('agents.setup.copyLink')} />
          <span className="text-sm text-fg-2">{t('agents.setup.openText')}</span>
        </div>
      </section>
    )
  const label = step.kind === 'command' ? t('agents.setup.copyCommand') : t('agents.setup.copyWhat', { where })
  return (
    <section className="grid gap-1">
      {heading}
      <Snippet label={label} text={step.text} secret={secret} />
    </section>
  )
}

/** Shows a text with the secret in it masked, and copies it whole. */
function Snippet(props: { readonly label: string; readonly text: string; readonly secret: string }) {
  const { label, text, secret } = props
  const masked = text.replaceAll(secret, `${secret.slice(0, 6)}••••${secret.slice(-4)}`)
  return (
    <div className="relative min-w-0 rounded-control border border-line bg-bg">
      <div className="absolute end-1 top-0.5">
        <CopyButton text={text} what={label} />
      </div>
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className="max-h-72 overflow-auto p-2 pe-10 font-mono text-sm wrap-anywhere whitespace-pre-wrap"
      >
        {masked}
      </pre>
    </div>
  )
}
