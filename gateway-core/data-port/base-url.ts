/**
 * The gateway's URL by the name that it was asked by. Names are told apart without regard to case, so that each has one
 * spelling: an issuer is compared exactly, and one is kept for each.
 *
 * @param host of a request that was admitted
 */
export function baseUrlOf(host: string | undefined): string {
  return `http://${(host ?? '').toLowerCase()}`
}
