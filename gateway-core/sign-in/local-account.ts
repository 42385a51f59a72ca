/** Whose grants they are where the local user approves. A key's subject has the same name, so both have the same accounts. */
export const localAccount = 'local'
