/** Makes elements. Text goes in as text only, whatever an agent or a server put into it. */

export type Child = Node | string | undefined

/**
 * @param className class names, separated by spaces; empty for none
 * @param children strings become text nodes; undefined is left out
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** @throws Error when the page has no such element: the page and this script do not belong together */
export function find<T extends Element>(root: ParentNode, selector: string, type: new () => T): T {
  const found = root.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`The page has no ${selector}`)
  return found
}

/** A button that copies a text, and says so for two seconds. */
export function copyButton(text: string, label: string): HTMLButtonElement {
  const button = element('button', 'quiet', 'Copy')
  button.type = 'button'
  button.setAttribute('aria-label', `Copy ${label}`)
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(text).then(
      () => say(button, 'Copied'),
      () => say(button, 'Not allowed'),
    )
  })
  return button
}

function say(button: HTMLButtonElement, word: string): void {
  button.textContent = word
  setTimeout(() => (button.textContent = 'Copy'), 2_000)
}
