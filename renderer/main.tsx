/** Starts the page: strings, theme, keys, live updates, and the screens. */
import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tooltip } from '@base-ui/react/tooltip'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { followEvents } from './client/live-updates.js'
import { createQueryClient } from './client/query-client.js'
import { listenForKeys } from './commands/use-command.js'
import { ToastRegion } from './components/toast.js'
import { router } from './shell/router.js'
import { createStoredValue } from './state/stored-value.js'
import { startStrings } from './strings/i18n.js'
import './theme/theme.css'
import { watchMotion } from './theme/density.js'
import { watchTheme } from './theme/theme.js'

const locale = createStoredValue<'en' | 'pseudo'>('locale', 'en', (text) => (text === 'pseudo' ? text : undefined))

async function start(root: HTMLElement): Promise<void> {
  watchTheme()
  watchMotion()
  listenForKeys()
  await startStrings(locale.get())
  const cache = createQueryClient()
  followEvents(cache)
  createRoot(root).render(
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={cache}>
        <Tooltip.Provider delay={400}>
          <RouterProvider router={router} />
          <ToastRegion />
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>,
  )
}

const root = document.getElementById('root')
if (root !== null) void start(root)
