/** Shows notices, at most one of each kind. The system decides whether this is a time to disturb. */
import { Notification } from 'electron'
import type { OpenTarget } from '../../gateway-core/contract/desktop.js'
import type { Notice } from './notification-rules.js'

const shown = new Map<Notice['kind'], Notification>()

/** @param open called when somebody clicks it */
export function showNotice({ kind, title, body, target }: Notice, open: (target: OpenTarget) => void): void {
  if (!Notification.isSupported()) return
  shown.get(kind)?.close()
  const notification = new Notification({ title, body, silent: true })
  notification.on('click', () => open(target))
  notification.on('close', () => {
    if (shown.get(kind) === notification) shown.delete(kind)
  })
  // Held here, as one that nobody refers to is collected, and its click with it.
  shown.set(kind, notification)
  notification.show()
}
