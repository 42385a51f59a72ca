/** The one error that a faulty profile gets. */
import { GatewayError, type FieldError } from '../contract/errors.js'

/** The error for a profile: all of its errors, in the order of their lines. */
export function profileInvalid(errors: readonly FieldError[]): GatewayError {
  const sorted = [...errors].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const first = sorted[0]
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : ''
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `
  return new GatewayError('profile_invalid', {
    detail: `line ${first?.line ?? 1}: ${where}${first?.message ?? ''}${more}`,
    fix: 'Mend the lines that are named, and apply the profile again.',
    errors: sorted,
  })
}
