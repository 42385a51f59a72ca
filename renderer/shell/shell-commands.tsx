/** What the frame's own commands do, and the palette and the cheat sheet that they open. */
import { useMutation } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { lockMutation, pauseMutation, resumeMutation, type GetStatusResponse } from '../client/api.js'
import { useCommand } from '../commands/use-command.js'
import { showToast } from '../components/toast.js'
import { nextTheme, setTheme } from '../theme/theme.js'
import { screens, type Screen } from './screens.js'
import { toggleSidebar } from './sidebar.js'

const loadPalette = () => import('./command-palette.js')
const loadCheatSheet = () => import('./cheat-sheet.js')
const CommandPalette = lazy(async () => ({ default: (await loadPalette()).CommandPalette }))
const CheatSheet = lazy(async () => ({ default: (await loadCheatSheet()).CheatSheet }))
/** The first screen comes first; by then the palette is there when its keys are pressed. */
const fetchAheadMs = 1_000

export function ShellCommands({ status: { dataUrl, paused } }: { readonly status: GetStatusResponse }) {
  const { t } = useTranslation()
  const router = useRouter()
  const [open, setOpen] = useState<'palette' | 'cheatSheet'>()
  const lock = useMutation(lockMutation())
  const pause = useMutation(pauseMutation())
  const resume = useMutation(resumeMutation())
  useEffect(() => {
    const timer = setTimeout(() => {
      // What cannot be fetched now is asked for again when it is opened.
      Promise.all([loadPalette(), loadCheatSheet()]).catch(() => undefined)
    }, fetchAheadMs)
    return () => clearTimeout(timer)
  }, [])
  useCommand('palette', () => setOpen('palette'))
  useCommand('cheatSheet', () => setOpen('cheatSheet'))
  useCommand('toggleSidebar', toggleSidebar)
  useCommand('nextTheme', () => setTheme(nextTheme()))
  useCommand('back', () => router.history.back())
  useCommand('forward', () => router.history.forward())
  useCommand('lock', () => lock.mutate({}))
  useCommand('pauseGateway', () => (paused ? resume : pause).mutate({}))
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
      <Suspense>
        {open === 'palette' && <CommandPalette open onClose={() => setOpen(undefined)} />}
        {open === 'cheatSheet' && <CheatSheet open onClose={() => setOpen(undefined)} />}
      </Suspense>
    </>
  )
}

function GoTo({ screen }: { readonly screen: Screen }) {
  const router = useRouter()
  useCommand(screen.command, () => void router.navigate({ to: screen.path }))
  return null
}
