/** What is said once, when the window is closed for the first time. */
import { dialog } from 'electron'

/** @returns true where the gateway is to end as well */
export async function askWhetherToQuit(): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'info',
    message: 'Gatehouse is still running, so that your agents keep working.',
    detail: 'It is in the tray. Starting Gatehouse again opens this window.',
    buttons: ['Keep running', 'Quit'],
    defaultId: 0,
    cancelId: 0,
  })
  return response === 1
}
