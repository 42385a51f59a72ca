/** `settings.json` in the data directory. The one place that imports electron-store, which needs Electron to be imported. */
import ElectronStore from 'electron-store'
import type { SettingsFile } from './preferences.js'

/** A file that cannot be read as JSON is begun anew: preferences are not worth a start that fails. */
export function openSettingsFile(dataDir: string): SettingsFile {
  const store = new ElectronStore<Record<string, unknown>>({
    cwd: dataDir,
    name: 'settings',
    clearInvalidConfig: true,
    configFileMode: 0o600,
  })
  return {
    get: (key) => store.get(key),
    set: (key, value) => store.set(key, value),
    delete: (key) => store.delete(key),
  }
}
