/** The version of Gatehouse, as it presents itself to servers. A test holds it equal to package.json. */
export const version = '0.1.0'

export const userAgent = `Gatehouse/${version}`
