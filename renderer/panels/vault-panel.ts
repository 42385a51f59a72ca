/** Asks for the vault's passphrase: the first one of a new vault, or the one that opens it. */
import { controlApi, type GatewayStatus } from '../client/control-api.js'
import { find } from '../element.js'
import { onSubmit } from './form.js'

const words = {
  uninitialized: {
    title: 'Choose a passphrase',
    text: 'It encrypts the vault on this computer. Nobody can recover it for you: keep it somewhere safe. Until there is a vault, agents are answered 503.',
    button: 'Create vault',
    autocomplete: 'new-password',
  },
  locked: {
    title: 'The vault is locked',
    text: 'Until it is unlocked agents are answered 503.',
    button: 'Unlock',
    autocomplete: 'current-password',
  },
} as const

/** @param onUnlocked called after the vault was opened or made */
export function createVaultPanel(panel: HTMLElement, onUnlocked: () => void): (vault: GatewayStatus['vault']) => void {
  const again = find(panel, '#passphrase-again', HTMLInputElement)
  const passphrase = find(panel, '#passphrase', HTMLInputElement)
  onSubmit(panel, async (field) => {
    if (again.required && field('again') !== field('passphrase')) throw new Error('The two passphrases differ.')
    await controlApi.unlock(field('passphrase'))
    onUnlocked()
  })
  return (vault) => {
    const wasHidden = panel.hidden
    panel.hidden = vault === 'unlocked'
    if (vault === 'unlocked') return
    const { title, text, button, autocomplete } = words[vault]
    find(panel, 'h2', HTMLElement).textContent = title
    find(panel, '#vault-text', HTMLElement).textContent = text
    find(panel, 'button', HTMLButtonElement).textContent = button
    passphrase.autocomplete = autocomplete
    again.required = vault === 'uninitialized'
    for (const shown of [again, ...(again.labels ?? [])]) shown.hidden = !again.required
    if (wasHidden) passphrase.focus()
  }
}
