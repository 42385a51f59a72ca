/** Opens an address that is known only later in the user's browser. */
import { desktop } from './desktop.js'

export interface OutsideTab {
  readonly show: (url: string) => void
  readonly abandon: () => void
}

/** Called while a press is handled, as a browser opens no tab later than that. */
export function openOutside(): OutsideTab {
  if (desktop !== undefined) {
    const { openExternal } = desktop
    return { show: (url) => void openExternal(url), abandon: () => undefined }
  }
  const tab = window.open('', '_blank')
  return {
    show: (url) => {
      if (tab === null) return
      tab.opener = null
      tab.location.href = url
    },
    abandon: () => tab?.close(),
  }
}
