/**
 * A stand-in for the `electron` module, in memory, for the wiring tests of the built main process where no Electron can be
 * had. It has the narrow surface that `app/` uses and shows nothing; what it says of Electron's behaviour is what its
 * documentation says. The gateway that it forks is the real one, in a real process. Tests steer it over IPC, see
 * `probe` below.
 */
import { fork } from 'node:child_process'
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'

const parentPortShim = new URL('./parent-port-shim.mjs', import.meta.url).href

/** Without what its constructor takes, which a declaration of this file could not name. */
class Emitter extends EventEmitter {
  constructor() {
    super()
  }
}

class App extends Emitter {
  isPackaged = false
  dock = undefined
  setName() {}
  setPath() {}
  getPath = () => process.env['GATEHOUSE_DATA_DIR'] ?? ''
  getVersion = () => '0.0.0'
  requestSingleInstanceLock = () => true
  disableHardwareAcceleration() {}
  enableSandbox() {}
  setAsDefaultProtocolClient = () => true
  whenReady = () => Promise.resolve()
  setLoginItemSettings() {}
  quit() {
    let isPrevented = false
    this.emit('before-quit', { preventDefault: () => (isPrevented = true) })
    if (!isPrevented) this.exit(0)
  }
  /** @param {number} code */
  exit(code) {
    process.exit(code)
  }
}
export const app = new App()

class WebContents extends Emitter {
  id = 1
  url = ''
  /** @type {unknown[]} */
  sent = []
  /** @type {() => unknown} */
  openHandler = () => undefined
  getURL = () => this.url
  /** @param {() => unknown} handler */
  setWindowOpenHandler(handler) {
    this.openHandler = handler
  }
  /** @param {string} _channel @param {unknown} message */
  send(_channel, message) {
    this.sent.push(message)
  }
  reload() {}
}

/** @type {BrowserWindow[]} */
const windows = []
export class BrowserWindow extends Emitter {
  webContents = new WebContents()
  visible = false
  isMinimized = () => false
  isMaximized = () => false
  isFocused = () => this.visible
  getNormalBounds = () => ({ x: 0, y: 0, width: 1280, height: 800 })
  /** @param {Record<string, unknown>} options */
  constructor(options) {
    super()
    this.options = options
    windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  restore() {}
  maximize() {}
  focus() {}
  show() {
    this.visible = true
  }
  hide() {
    this.visible = false
  }
  /** @param {string} url */
  async loadURL(url) {
    this.webContents.url = url
    this.webContents.emit('did-finish-load')
  }
}

/** @type {Map<string, { name: string, value: string }>} */
const cookieJar = new Map()
/** @type {Record<string, (...args: unknown[]) => unknown>} */
const sessionHandlers = {}
const defaultSession = Object.assign(new Emitter(), {
  cookies: {
    /** @param {{ name: string, value: string }} cookie */
    set: async (cookie) => void cookieJar.set(cookie.name, cookie),
    get: async () => [...cookieJar.values()],
    /** @param {string} _url @param {string} name */
    remove: async (_url, name) => void cookieJar.delete(name),
  },
  webRequest: {
    /** @param {(...args: unknown[]) => unknown} handler */
    onBeforeRequest: (handler) => void (sessionHandlers['request'] = handler),
  },
  /** @param {(...args: unknown[]) => unknown} handler */
  setPermissionRequestHandler: (handler) => void (sessionHandlers['permission'] = handler),
  setPermissionCheckHandler() {},
  setDevicePermissionHandler() {},
})
export const session = { defaultSession }

/** The system's keychain, with a key that lives as long as the test says. */
const keychainKey = createHash('sha256')
  .update(process.env['STAND_IN_KEYCHAIN'] ?? '')
  .digest()
export const safeStorage = {
  isAsyncEncryptionAvailable: async () => true,
  getSelectedStorageBackend: () => process.env['STAND_IN_BACKEND'] ?? 'gnome_libsecret',
  /** @param {string} text */
  async encryptStringAsync(text) {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', keychainKey, nonce)
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  },
  /** @param {Buffer} encrypted */
  async decryptStringAsync(encrypted) {
    const cipher = createDecipheriv('aes-256-gcm', keychainKey, encrypted.subarray(0, 12))
    cipher.setAuthTag(encrypted.subarray(-16))
    const result = cipher.update(encrypted.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8')
    return { result, shouldReEncrypt: false }
  },
}

/** @type {string[][]} */
const forkedWith = []
export const utilityProcess = {
  /** @param {string} entry @param {string[]} args */
  fork(entry, args) {
    forkedWith.push(args)
    const child = fork(entry, args, {
      execArgv: ['--import', parentPortShim],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const postMessage = (/** @type {import('node:child_process').Serializable} */ message) =>
      void (child.connected && child.send(message))
    return Object.assign(child, { postMessage })
  },
}

let clipboardText = ''
export const clipboard = {
  readText: async () => clipboardText,
  /** @param {string} text */
  writeText: async (text) => void (clipboardText = text),
  clear: () => void (clipboardText = ''),
}

/** @typedef {{ label?: string, role?: string, click?: () => void, submenu?: MenuEntry[] }} MenuEntry */
/** @type {MenuEntry[]} */
let applicationMenu = []
/** @type {MenuEntry[]} */
let trayMenu = []
export const Menu = {
  /** @param {MenuEntry[]} template */
  buildFromTemplate: (template) => template,
  /** @param {MenuEntry[]} menu */
  setApplicationMenu: (menu) => void (applicationMenu = menu),
}
export class Tray extends Emitter {
  setImage() {}
  setToolTip() {}
  /** @param {MenuEntry[]} menu */
  setContextMenu(menu) {
    trayMenu = menu
  }
}
const image = { addRepresentation() {}, setTemplateImage() {}, toPNG: () => Buffer.alloc(0) }
export const nativeImage = { createFromBitmap: () => image }

/** @type {unknown[]} */
const notified = []
export class Notification extends Emitter {
  static isSupported = () => true
  /** @param {unknown} options */
  constructor(options) {
    super()
    this.options = options
  }
  show() {
    notified.push(this.options)
  }
  close() {}
}

/** @type {Map<string, (event: unknown, input: unknown) => Promise<unknown>>} */
const handlers = new Map()
export const ipcMain = {
  on() {},
  /** @param {string} channel @param {(event: unknown, input: unknown) => Promise<unknown>} handler */
  handle: (channel, handler) => void handlers.set(channel, handler),
}

export const powerMonitor = Object.assign(new Emitter(), { getSystemIdleTime: () => 0 })
export const nativeTheme = { themeSource: 'system' }
export const systemPreferences = { canPromptTouchID: () => false, promptTouchID: async () => undefined }
const screenArea = { workArea: { x: 0, y: 0, width: 1920, height: 1080 } }
export const screen = { getPrimaryDisplay: () => screenArea, getAllDisplays: () => [screenArea] }
/** @type {string[]} */
const opened = []
export const shell = {
  /** @param {string} url */
  openExternal: async (url) => void opened.push(url),
  /** @param {string} path */
  openPath: async (path) => (opened.push(path), ''),
}
let asked = 0
export const dialog = { showMessageBox: async () => (asked++, { response: 0 }) }

/** What a test may ask and do. */
const probe = {
  state: () => ({
    address: windows[0]?.webContents.url,
    visible: windows[0]?.visible,
    preferences: windows[0]?.options['webPreferences'],
    opensWindows: windows[0]?.webContents.openHandler(),
    sent: windows[0]?.webContents.sent,
    cookies: [...cookieJar.values()],
    tray: trayMenu.map(({ label }) => label ?? '-'),
    menus: applicationMenu.map(({ label }) => label),
    clipboard: clipboardText,
    ...{ forkedWith, notified, opened, asked },
  }),
  /** @param {string} label */
  clickTray: (label) => trayMenu.find((item) => item.label === label)?.click?.(),
  /** @param {string} event @param {...unknown} args */
  emitApp: (event, ...args) => void app.emit(event, { preventDefault() {} }, ...args),
  /** @param {string} event */
  emitPower: (event) => void powerMonitor.emit(event),
  closeWindow: () => void windows[0]?.emit('close', { preventDefault() {} }),
  /** @param {string} url @returns {boolean} whether the page was kept from going there */
  navigate(url) {
    let isPrevented = false
    windows[0]?.webContents.emit('will-navigate', { url, preventDefault: () => (isPrevented = true) })
    return isPrevented
  },
  /** @param {string} url */
  request: (url) => new Promise((resolve) => sessionHandlers['request']?.({ url }, resolve)),
  /** @param {string} permission */
  permission: (permission) =>
    new Promise((resolve) => sessionHandlers['permission']?.(windows[0]?.webContents, permission, resolve)),
  /** @param {string} name @param {unknown} input @param {string | undefined} origin */
  invoke(name, input, origin) {
    const url = windows[0]?.webContents.url ?? ''
    const senderFrame = { origin: origin ?? new URL(url).origin, parent: null }
    return handlers.get(`gatehouse:${name}`)?.({ sender: windows[0]?.webContents, senderFrame }, input)
  },
  quit: () => app.quit(),
}

/** @param {{ id: number, name: keyof typeof probe, args: never[] }} question */
async function answer({ id, name, args }) {
  /** @type {(...args: never[]) => unknown} */
  const ask = probe[name]
  process.send?.({ id, answer: (await ask(...args)) ?? null })
}

process.on('message', (/** @type {Parameters<typeof answer>[0]} */ question) => void answer(question))
