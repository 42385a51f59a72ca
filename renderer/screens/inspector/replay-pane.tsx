/** A call that is sent again: its arguments to change, then what came back, beside what came the first time. */
import { ArrowLeft, Repeat2, Send } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { CodeEditor } from '../../components/code-editor.js'
import { Dialog } from '../../components/dialog.js'
import { prettyJson } from '../../components/json-view.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { useCommand } from '../../commands/use-command.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatDuration } from '../../strings/format.js'
import { ExchangeLink } from './links.js'
import { answerText, type Whole } from './messages.js'
import type { Replay } from './use-replay.js'

export function ReplayPane({ original, replay }: { readonly original: Whole; readonly replay: Replay }) {
  const { t } = useTranslation()
  return (
    <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-auto p-4">
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="quiet" icon={<ArrowLeft size={14} aria-hidden />} onClick={replay.close}>
          {t('inspector.replay.back')}
        </Button>
        {replay.step === 'done' && (
          <Button icon={<Repeat2 size={14} aria-hidden />} loading={replay.isPending} onClick={replay.send}>
            {t('inspector.replay.again')}
          </Button>
        )}
      </div>
      {replay.error !== undefined && !replay.mustConfirm && <ErrorCard error={replay.error} />}
      {replay.step === 'editing' && <Editor replay={replay} />}
      {replay.step === 'failed' && (
        <div>
          <Button onClick={replay.edit}>{t('inspector.replay.edit')}</Button>
        </div>
      )}
      {replay.step === 'done' && replay.result !== undefined && <Result original={original} made={replay.result} />}
    </div>
  )
}

function Editor({ replay }: { readonly replay: Replay }) {
  const { t } = useTranslation()
  const send = (): void => {
    if (replay.isValid) replay.send()
  }
  useCommand('send', send)
  return (
    <div className="grid grid-cols-1 gap-2">
      <h3>{t('inspector.replay.arguments')}</h3>
      <CodeEditor
        label={t('inspector.replay.arguments')}
        language="json"
        value={replay.text ?? ''}
        onChange={replay.setText}
      />
      {!replay.isValid && (
        <p role="alert" className="text-sm text-deny">
          {t('inspector.replay.invalid')}
        </p>
      )}
      <p className="text-fg-2">{t('inspector.replay.today')}</p>
      <div>
        <Button
          variant="primary"
          icon={<Send size={14} aria-hidden />}
          command="send"
          loading={replay.isPending}
          disabled={!replay.isValid}
          onClick={send}
        >
          {t('inspector.replay.submit')}
        </Button>
      </div>
    </div>
  )
}

function Result({ original, made }: { readonly original: Whole; readonly made: Whole }) {
  const { t } = useTranslation()
  const [before, after] = [prettyJson(answerText(original)), prettyJson(answerText(made))]
  return (
    <div className="grid grid-cols-1 gap-4">
      <table aria-label={t('inspector.replay.result')} className="w-full border-collapse text-sm">
        <tbody>
          <ResultRow name={t('inspector.replay.original')} exchange={original} />
          <ResultRow name={t('inspector.replay.made')} exchange={made} linked />
        </tbody>
      </table>
      <section className="grid grid-cols-1 gap-1.5">
        <h3>{t(before === after ? 'inspector.replay.same' : 'inspector.replay.differs')}</h3>
        <CodeEditor label={t('inspector.replay.answers')} language="json" value={after} original={before} />
      </section>
    </div>
  )
}

function ResultRow(props: { readonly name: string; readonly exchange: Whole; readonly linked?: boolean }) {
  const { t } = useTranslation()
  const { exchange } = props
  return (
    <tr className="border-b border-line *:py-1 *:pe-3">
      <th scope="row" className="text-start font-medium">
        {props.name}
      </th>
      <td>
        <VerdictBadge verdict={verdictOf(exchange)} />
      </td>
      <td className="font-mono">{exchange.response.status}</td>
      <td className="font-mono">{formatDuration(exchange.durationMs)}</td>
      <td>{props.linked === true && <ExchangeLink id={exchange.id}>{t('inspector.replay.open')}</ExchangeLink>}</td>
    </tr>
  )
}

/** Asks before a tool is called that its server says destroys something. */
export function ConfirmReplay({ replay, tool }: { readonly replay: Replay; readonly tool: string }) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={replay.mustConfirm}
      onOpenChange={(open) => !open && replay.refuse()}
      title={t('inspector.replay.confirmTitle')}
      footer={
        <>
          <Button onClick={replay.refuse}>{t('inspector.cancel')}</Button>
          <Button variant="danger" loading={replay.isPending} onClick={replay.confirm}>
            {t('inspector.replay.confirm')}
          </Button>
        </>
      }
    >
      <p className="wrap-anywhere">{t('inspector.replay.confirmText', { tool })}</p>
    </Dialog>
  )
}
