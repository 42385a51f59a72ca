/** How a secret is shown to people. */

export const masked = '••••'

const schemePattern = /^([A-Za-z][A-Za-z0-9-]{0,31}) +(?=\S)/

/**
 * Masks a value: at most a scheme word stays (`Bearer`), and the last four characters of what is 16 or longer.
 */
export function maskValue(value: string): string {
  const scheme = schemePattern.exec(value)
  const secret = scheme === null ? value : value.slice(scheme[0].length)
  const tail = secret.length >= 16 ? secret.slice(-4) : ''
  return `${scheme === null ? '' : `${scheme[1]} `}${masked}${tail}`
}

const sensitiveNames = /^(?:proxy-)?authorization$|cookie|token|secret|password|api-?key|credential/

/** Whether a header of this lower-case name is secret whatever its value. */
export function isSensitiveName(name: string): boolean {
  return sensitiveNames.test(name)
}
