/** Sending a recorded call again: as it was, or with other arguments; what destroys something asks once. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiProblem, replayExchangeMutation } from '../../client/api.js'
import { argumentsText, isRecord, parsed, type Whole } from './messages.js'

export interface Replay {
  /** Undefined while nothing is repeated. */
  readonly step: 'editing' | 'failed' | 'done' | undefined
  readonly isPending: boolean
  readonly error: ApiProblem | undefined
  readonly result: Whole | undefined
  /** The arguments that are sent instead, as JSON; undefined while those of the recording are. */
  readonly text: string | undefined
  readonly isValid: boolean
  /** Whether a person must say yes first. */
  readonly mustConfirm: boolean
  readonly send: () => void
  readonly edit: () => void
  readonly setText: (text: string) => void
  readonly confirm: () => void
  readonly refuse: () => void
  /** Back to the recording. */
  readonly close: () => void
}

export function useReplay(exchange: Whole): Replay {
  const [text, setText] = useState<string>()
  const [editing, setEditing] = useState(false)
  const mutation = useMutation(replayExchangeMutation())
  const error = mutation.error instanceof ApiProblem ? mutation.error : undefined
  const mustConfirm = error?.fieldError('confirm') !== undefined
  const send = (confirm: boolean): void => {
    const given = editing && text !== undefined ? parsed(text) : undefined
    mutation.mutate(
      {
        path: { id: exchange.id },
        body: { ...(given !== undefined && { arguments: given }), ...(confirm && { confirm }) },
      },
      { onSuccess: () => setEditing(false) },
    )
  }
  const step =
    mutation.isSuccess && !editing
      ? 'done'
      : editing
        ? 'editing'
        : error !== undefined && !mustConfirm
          ? 'failed'
          : undefined
  return {
    ...{ step, error, mustConfirm, text },
    isPending: mutation.isPending,
    result: mutation.data,
    isValid: text === undefined || isRecord(parsed(text)),
    send: () => send(false),
    edit() {
      if (text === undefined) setText(argumentsText(exchange))
      mutation.reset()
      setEditing(true)
    },
    setText,
    confirm: () => send(true),
    refuse: () => mutation.reset(),
    close() {
      mutation.reset()
      setEditing(false)
      setText(undefined)
    },
  }
}
