/**
 * Ends a server's processes when the gateway can no longer do it: killed with SIGKILL, or crashed. One small shell per
 * server holds the read end of a pipe whose write end only the gateway has, so the pipe's end is the gateway's end.
 *
 * It ends the process group. On Linux it also ends what left the group (setsid) and still has the mark in its
 * environment. Not covered: a process that left the group on macOS or BSD; one that left it on Linux and overwrote or
 * emptied its environment or runs as another user; anything on Windows, which has no groups; and a kill of gateway and
 * guard at the same moment.
 */
import { spawn } from 'node:child_process'
import { errorCode } from './error-code.js'

/** The environment variable of a server's processes that holds the mark. */
export const markVariable = 'GATEHOUSE_CHILD'

export interface ChildGuard {
  /** From now on the end of the gateway is the end of this process group. */
  watch(groupId: number): void
  /**
   * The group is gone: ends what left it, and the guard. Resolves when that is done, after a few seconds at most, and
   * never rejects.
   */
  release(): Promise<void>
}

/**
 * `$1` is the mark, `$2` the time of `endProcessGroup` in tenths of a second. Members of the group that are dead but not yet waited for
 * still take signals, so on Linux their state is asked for as well.
 */
const script = `
trap '' HUP INT QUIT TERM
mark=$1 steps=$2 group= told=
while read -r word value; do
  case $word in
    group) group=$value ;;
    gone) group= told=yes ;;
  esac
done
pause() { sleep 0.1 2>/dev/null || sleep 1; }
alive() {
  kill -s 0 -- "-$group" 2>/dev/null || return 1
  [ -r /proc/self/stat ] || return 0
  grep -qsE "\\) [^ZX] [0-9]+ $group " /proc/[0-9]*/stat
}
await() { n=0; while [ $n -lt $steps ] && alive; do pause; n=$((n + 1)); done; }
if [ "$group" ]; then
  await
  kill -s TERM -- "-$group" 2>/dev/null
  await
  kill -s KILL -- "-$group" 2>/dev/null
elif [ ! "$told" ]; then
  pause
fi
[ -r /proc/self/environ ] || exit 0
n=0
while [ $n -lt 20 ]; do
  found=$(grep -lsF -e "${markVariable}=$mark" /proc/[0-9]*/environ)
  [ "$found" ] || exit 0
  signal=TERM
  [ $n -lt 10 ] || signal=KILL
  for file in $found; do
    pid=\${file#/proc/}
    kill -s $signal "\${pid%/environ}" 2>/dev/null
  done
  pause
  n=$((n + 1))
done
`

const maxLaunches = 4
const releaseDeadlineMs = 6000

/**
 * Starts it, before the server so that no server is ever without.
 *
 * @param mark letters and digits, what `markVariable` has in the server's environment
 * @param graceMs as of `endProcessGroup`
 * @param onFailure the server has no guard, with the reason
 */
export function startChildGuard(mark: string, graceMs: number, onFailure: (reason: string) => void): ChildGuard {
  let groupId: number | undefined
  let launches = 0
  let shell: GuardShell | undefined
  let released: Promise<void> | undefined

  function launch(): void {
    launches++
    try {
      shell = startShell(mark, graceMs)
    } catch (error) {
      onFailure(errorCode(error))
      return
    }
    shell.once('error', (error) => lost(errorCode(error), false))
    shell.once('exit', () => lost('it was ended', launches < maxLaunches))
    if (groupId !== undefined) write(`group ${groupId}\n`)
  }

  function lost(reason: string, isTriedAgain: boolean): void {
    shell = undefined
    if (released !== undefined) return
    if (isTriedAgain) launch()
    else onFailure(reason)
  }

  function write(line: string): void {
    shell?.stdin.write(line)
  }

  launch()
  return {
    watch(id) {
      groupId = id
      write(`group ${id}\n`)
    },
    release() {
      released ??= endOf(shell)
      write('gone\n')
      shell?.stdin.end()
      return released
    },
  }
}

type GuardShell = ReturnType<typeof startShell>

function startShell(mark: string, graceMs: number) {
  const shell = spawn('/bin/sh', ['-c', script, 'gatehouse-guard', mark, String(Math.ceil(graceMs / 100))], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin' },
    // Of a group of its own, as a Ctrl-C or a closed terminal ends the gateway's.
    detached: true,
    // Node makes the pipe close-on-exec: no other child gets hold of its write end.
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // A write to a guard that has gone fails; its end is what is acted upon.
  shell.stdin.on('error', () => undefined)
  return shell
}

/** Resolves when the guard has ended, by force if need be. */
function endOf(shell: GuardShell | undefined): Promise<void> {
  if (shell === undefined || shell.pid === undefined) return Promise.resolve()
  return new Promise((resolve) => {
    const late = setTimeout(() => shell.kill('SIGKILL'), releaseDeadlineMs)
    shell.once('exit', () => {
      clearTimeout(late)
      resolve()
    })
  })
}
