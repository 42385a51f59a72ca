/** Puts the model of the tray on the screen. */
import { Menu, nativeImage, Tray, type NativeImage } from 'electron'
import { drawTrayIcon } from './tray-icon.js'
import type { TrayAction, TrayMark, TrayModel } from './tray-menu.js'

const sizePx = 16
/** Seen on light and dark panels alike; on macOS the system colours the shape itself. */
const colour = { red: 43, green: 160, blue: 168 }
const black = { red: 0, green: 0, blue: 0 }

export class ShownTray {
  private readonly tray = new Tray(iconFor('none'))
  private shown = ''

  constructor(private readonly act: (action: TrayAction) => void) {
    this.tray.on('click', () => {
      // On macOS a click opens the menu.
      if (process.platform !== 'darwin') act({ do: 'open', target: undefined })
    })
  }

  show(model: TrayModel): void {
    const text = JSON.stringify(model)
    if (text === this.shown) return
    this.shown = text
    this.tray.setImage(iconFor(model.mark))
    this.tray.setToolTip(model.tooltip)
    this.tray.setContextMenu(
      Menu.buildFromTemplate(
        model.items.map((item) => {
          if (item.type === 'separator') return { type: 'separator' as const }
          const { label, action } = item
          return action === undefined ? { label, enabled: false } : { label, click: () => this.act(action) }
        }),
      ),
    )
  }
}

function iconFor(mark: TrayMark): NativeImage {
  const isMac = process.platform === 'darwin'
  const draw = (scale: number): Buffer => drawTrayIcon(mark, sizePx * scale, isMac ? black : colour)
  const size = (scale: number) => ({ width: sizePx * scale, height: sizePx * scale, scaleFactor: scale })
  const icon = nativeImage.createFromBitmap(draw(1), size(1))
  icon.addRepresentation({
    ...size(2),
    buffer: nativeImage.createFromBitmap(draw(2), { ...size(2), scaleFactor: 1 }).toPNG(),
  })
  if (isMac) icon.setTemplateImage(true)
  return icon
}
