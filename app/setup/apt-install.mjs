/** Installs Debian packages where this process may: on Debian or a descendant of it, as root. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether {@link aptInstall} can do anything here. */
export function mayAptInstall() {
  return process.platform === 'linux' && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0
}

/**
 * Installs packages with what they need and nothing that they merely recommend. Takes a minute or so.
 * @param {readonly string[]} packages
 * @returns {string | undefined} what apt-get said, where it failed
 */
export function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (/** @type {string[]} */ args) => spawnSync('apt-get', args, { encoding: 'utf8', env })
  // A package list that cannot be refreshed may still be good enough to install from.
  const updated = run(['update', '-q'])
  const installed = run(['install', '-y', '-q', '--no-install-recommends', ...packages])
  return installed.status === 0 ? undefined : `${updated.stderr}${installed.stdout}${installed.stderr}`
}
