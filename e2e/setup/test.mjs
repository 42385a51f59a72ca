/** `npm test`: finds or installs what the tests need, builds, checks, runs every test, and names what did not run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfStale } from '../../app/setup/build-if-stale.mjs'
import { findElectron } from '../../app/setup/find-electron.mjs'
import { runChecks } from './check.mjs'
import { findOrInstallChromium } from './find-chromium.mjs'

/** Name of the suite in e2e/desktop/window.test.ts. */
const desktopSuite = 'the desktop app in Electron'
const repository = join(import.meta.dirname, '../..')

/**
 * Runs every test.
 * @param {string | undefined} chromium
 */
function runTests(chromium) {
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  const reportFile = join(scratch, 'report.json')
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const env = chromium === undefined ? process.env : { ...process.env, CHROMIUM_PATH: chromium }
  const { status } = spawnSync(process.execPath, args, { cwd: repository, stdio: 'inherit', env })
  try {
    return { status: status ?? 1, report: readReport(reportFile) }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/**
 * @typedef {{ fullName: string, status: string, ancestorTitles: string[] }} TestResult
 * @typedef {{ numPassedTests: number, numFailedTests: number, testResults: { name: string, assertionResults: TestResult[] }[] }} Report
 */

/**
 * @param {string} path
 * @returns {Report}
 */
function readReport(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/**
 * Names of the suites whose tests were skipped, each once.
 * @param {Report} report
 */
function skippedSuites(report) {
  const skipped = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed'),
  )
  return [...new Set(skipped.map(({ ancestorTitles, fullName }) => ancestorTitles[0] ?? fullName))]
}

const chromium = findOrInstallChromium()
buildIfStale()
if (!(await runChecks())) process.exit(1)
const { status, report } = runTests(chromium)

const notRun = skippedSuites(report).filter((suite) => suite !== desktopSuite)
if (findElectron(repository) === undefined)
  notRun.push(`${desktopSuite}: no Electron binary here (set ELECTRON_OVERRIDE_DIST_PATH to one)`)
else if (skippedSuites(report).includes(desktopSuite)) notRun.push(`${desktopSuite}: no display here (try xvfb-run)`)
if (chromium === undefined) notRun.push('everything in a browser: no Chromium here (install one, or set CHROMIUM_PATH)')
for (const suite of notRun) console.log(`Did not run: ${suite}`)
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`)
process.exitCode = status
