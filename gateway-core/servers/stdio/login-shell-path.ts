/** The search path of the user's login shell. A desktop app is started without it, and would find neither npx nor uvx. */
import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import { baseEnvironment, withVariables } from './child-environment.js'
import { startChildGuard } from './child-guard.js'
import { endProcessGroup } from './end-process-group.js'

const deadlineMs = 5000
const drainMs = 500
/** Of `endProcessGroup`. Start files may hold locks, which a process that is killed would leave behind. */
const graceMs = 1000
const maxOutputBytes = 256 * 1024
const marker = '__gatehouse_path__'
const fallbackPath = '/usr/local/bin:/usr/bin:/bin'

let remembered: Promise<string> | undefined

/**
 * The login shell's PATH, and after it what only the gateway's own has. Asked once, within 5 s; the gateway's own where
 * the shell does not tell. Never rejects.
 */
export function loginShellPath(): Promise<string> {
  remembered ??= readPath()
  return remembered
}

async function readPath(): Promise<string> {
  if (process.platform === 'win32') return process.env['PATH'] ?? ''
  const own = process.env['PATH'] ?? fallbackPath
  const shell = process.env['SHELL'] ?? userShell()
  const told = shell === undefined ? undefined : await askLoginShell(shell, deadlineMs)
  return told === undefined ? own : joinPaths(told, own)
}

function userShell(): string | undefined {
  try {
    return userInfo().shell ?? undefined
  } catch {
    return undefined
  }
}

/** The folders of both, each once and in this order. What is relative would mean another folder for each server. */
export function joinPaths(first: string, second: string): string {
  const folders = [...first.split(':'), ...second.split(':')].filter((folder) => folder.startsWith('/'))
  return [...new Set(folders)].join(':')
}

/** @returns undefined where the shell fails, hangs, or says nothing that is a path */
export function askLoginShell(shell: string, timeoutMs: number): Promise<string | undefined> {
  const variables = {
    PATH: process.env['PATH'] ?? fallbackPath,
    // Start files of shells that would ask something or start a terminal multiplexer.
    DISABLE_AUTO_UPDATE: 'true',
    ZSH_TMUX_AUTOSTART: 'false',
    ZSH_TMUX_AUTOSTARTED: 'true',
  }
  // Quoted so that sh, zsh and fish read it alike; the inner sh knows PATH as text, which in fish is a list.
  const question = `/bin/sh -c 'printf "%s%s%s" "${marker}" "$PATH" "${marker}"'`
  const guard = startChildGuard('none', graceMs, () => undefined)
  return new Promise((resolve) => {
    const child = spawn(shell, ['-ilc', question], {
      cwd: '/',
      env: withVariables(baseEnvironment(process.env, false), variables, false),
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    if (child.pid !== undefined) guard.watch(child.pid)
    const tell = (path: string | undefined): void => resolve(path === '' ? undefined : path)
    const late = setTimeout(() => {
      tell(undefined)
      void endProcessGroup(child, graceMs)
    }, timeoutMs)
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length > maxOutputBytes) return
      output += text
      const [, path, after] = output.split(marker, 3)
      if (after !== undefined) tell(path)
    })
    child.stdout.once('close', () => tell(undefined))
    const over = (): void => {
      clearTimeout(late)
      void guard.release()
      // Its answer may still be in the pipe, which a process that the start files left behind may hold open for good.
      setTimeout(() => child.stdout.destroy(), drainMs)
    }
    child.once('error', over)
    child.once('exit', over)
  })
}
