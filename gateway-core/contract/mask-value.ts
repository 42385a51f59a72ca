/** How a secret is shown to people. In ASCII, as records of exchanges are searched and copied faster without other characters. */

export const masked = '****'

/** Schemes of the IANA registry that people use, and two that are not in it. Any other first word may be secret itself. */
const schemePattern = /^(Basic|Bearer|Digest|DPoP|HOBA|Mutual|Negotiate|OAuth|Token|ApiKey) +(?=\S)/i

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
