/** What the vault keeps for the gateway's own authorization server, and how it is asked for. */

/** One thing of a kind. Kinds are the authorization server's models, and the gateway's own beside them. */
export interface SignInRecord {
  readonly kind: string
  /** Found by exactly this. Only its digest is kept. */
  readonly id: string
  /** The grant that it ends with. */
  readonly grantId?: string | undefined
  /** Another name to find it by. Only its digest is kept. */
  readonly uid?: string | undefined
  /** JSON. */
  readonly document: string
  /** Epoch milliseconds; undefined for what does not end by itself. */
  readonly expiresMs?: number | undefined
}

export interface FoundRecord {
  readonly document: string
  /** Epoch milliseconds; undefined where it was not used up. */
  readonly consumedMs?: number | undefined
}

export interface SignInStore {
  /** In place of the one of the same kind and id. Older ones make room where there are too many of a kind. */
  put(record: SignInRecord): Promise<void>
  /** Undefined also for what has expired. */
  find(kind: string, id: string): Promise<FoundRecord | undefined>
  findByUid(kind: string, uid: string): Promise<FoundRecord | undefined>
  /** Documents of everything of a kind that has not expired, oldest first. */
  list(kind: string): Promise<readonly string[]>
  /** Notes that it was used up. It is kept for a day, so that a second use is noticed. */
  consume(kind: string, id: string): Promise<void>
  remove(kind: string, id: string): Promise<void>
  /** Removes everything that ends with a grant. */
  removeGrant(grantId: string): Promise<void>
}
