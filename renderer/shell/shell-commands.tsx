/** What the frame's own commands do, and the palette and the cheat sheet that they open. */
import { useMutation } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { lockMutation } from '../client/api.js'
import { useCommand } from '../commands/use-command.js'
import { showToast } from '../components/toast.js'
import { nextTheme, setTheme } from '../theme/theme.js'
import { CheatSheet } from './cheat-sheet.js'
import { CommandPalette } from './command-palette.js'
import { screens, type Screen } from './screens.js'
import { toggleSidebar } from './sidebar.js'

export function ShellCommands({ dataUrl }: { readonly dataUrl: string }) {
  const { t } = useTranslation()
  const router = useRouter()
  const [open, setOpen] = useState<'palette' | 'cheatSheet'>()
  const lock = useMutation(lockMutation())
  useCommand('palette', () => setOpen('palette'))
  useCommand('cheatSheet', () => setOpen('cheatSheet'))
  useCommand('toggleSidebar', toggleSidebar)
  useCommand('nextTheme', () => setTheme(nextTheme()))
  useCommand('back', () => router.history.back())
  useCommand('forward', () => router.history.forward())
  useCommand('lock', () => lock.mutate({}))
  useCommand('copyGatewayUrl', () => {
    navigator.clipboard.writeText(dataUrl).then(
      () => showToast({ title: t('kit.copied'), description: dataUrl }),
      () => showToast({ title: t('kit.copyFailed'), tone: 'deny' }),
    )
  })
  return (
    <>
      {screens.map((screen) => (
        <GoTo key={screen.path} screen={screen} />
      ))}
      <CommandPalette open={open === 'palette'} onClose={() => setOpen(undefined)} />
      <CheatSheet open={open === 'cheatSheet'} onClose={() => setOpen(undefined)} />
    </>
  )
}

function GoTo({ screen }: { readonly screen: Screen }) {
  const router = useRouter()
  useCommand(screen.command, () => void router.navigate({ to: screen.path }))
  return null
}
