/** Finds a Chromium for the browser tests, or installs one where this process may. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { aptInstall, mayAptInstall } from '../../app/setup/apt-install.mjs'

/** Where browsers of the Chromium family are, most welcome first. */
function candidates() {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  const programFiles = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => process.env[name] ?? [])
  return {
    darwin: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
    ),
    win32: programFiles.flatMap((folder) =>
      ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((file) =>
        join(folder, file),
      ),
    ),
    linux: [...names.map((name) => `/usr/bin/${name}`), ...onPath, '/snap/bin/chromium'],
  }[/** @type {'darwin' | 'win32' | 'linux'} */ (process.platform)]
}

/**
 * Path of a Chromium: `CHROMIUM_PATH`, else the usual places.
 * @returns {string | undefined}
 */
export function findChromium() {
  return [process.env['CHROMIUM_PATH'], ...(candidates() ?? [])].find(
    (path) => path !== undefined && path !== '' && existsSync(path),
  )
}

/**
 * Like {@link findChromium}, and installs one on Debian as root; says so in one line.
 * @returns {string | undefined}
 */
export function findOrInstallChromium() {
  const found = findChromium()
  if (found !== undefined || !mayAptInstall()) return found
  console.log('Installing Chromium with apt-get for the browser tests (half a minute, once)…')
  const failure = aptInstall(['chromium'])
  if (failure !== undefined) console.error(`Chromium could not be installed:\n${failure}`)
  return findChromium()
}
