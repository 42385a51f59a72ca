/** What all forms of the page do alike: one submission at a time, and its failure told below the form. */
import { find } from '../element.js'

/**
 * Calls `submit` with the form's fields when it is sent, and empties the form after it succeeded.
 *
 * @param panel holds one `form` and one `.failure`
 * @param submit a rejection's message is shown
 */
export function onSubmit(panel: HTMLElement, submit: (field: (name: string) => string) => Promise<void>): void {
  const form = find(panel, 'form', HTMLFormElement)
  const button = find(form, 'button[type=submit]', HTMLButtonElement)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (button.disabled) return
    const fields = new FormData(form)
    button.disabled = true
    showFailure(panel, undefined)
    submit((name) => textOf(fields.get(name)))
      .then(
        () => form.reset(),
        (error: unknown) => showFailure(panel, error),
      )
      .finally(() => (button.disabled = false))
      .catch(() => undefined)
  })
}

function textOf(entry: FormDataEntryValue | null): string {
  return typeof entry === 'string' ? entry : ''
}

/** Shows what failed in the panel's `.failure`; undefined clears it. */
function showFailure(panel: HTMLElement, error: unknown): void {
  const failure = find(panel, ':scope > .failure', HTMLElement)
  failure.hidden = error === undefined
  failure.textContent = error === undefined ? '' : error instanceof Error ? error.message : 'It did not work.'
}
