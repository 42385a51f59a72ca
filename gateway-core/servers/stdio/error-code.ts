/** @returns nothing but the code (`ENOENT`): the texts of errors of `spawn` hold arguments and environment */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
