/** Which of an owner's accounts is used where nobody names one. */

interface Choosable {
  readonly id: string
  readonly server: string
  readonly subject: string
  readonly clientKey?: string
  readonly label?: string
  readonly isDefault?: true
  readonly createdAt: string
}

/** Of all accounts, the owner's own: the chosen one, else the one without a label, else the oldest. */
export function defaultAccount<T extends Choosable>(
  all: readonly T[],
  { server, subject, clientKey }: Pick<Choosable, 'server' | 'subject' | 'clientKey'>,
): T | undefined {
  const rank = ({ isDefault, label }: T): number => (isDefault === true ? 0 : label === undefined ? 1 : 2)
  const time = ({ createdAt, id }: T): string => `${createdAt} ${id}`
  return all
    .filter((one) => one.server === server && one.subject === subject && one.clientKey === clientKey)
    .toSorted((a, b) => rank(a) - rank(b) || (time(a) < time(b) ? -1 : 1))[0]
}
