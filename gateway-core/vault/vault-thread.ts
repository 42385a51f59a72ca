/** What the vault's thread does: everything that touches keys, the slot file or the database. One method per request. */
import { randomBytes } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import type { CapturedBatch } from '../contract/captured-batch.js'
import { GatewayError } from '../contract/errors.js'
import type { Exchange, ExchangeQuery, SavedFilter } from '../contract/exchange.js'
import type { Issuance, IssuancePage, IssuanceQuery } from '../contract/issuance.js'
import type {
  Account,
  AccountChoice,
  AccountDescription,
  AccountOwner,
  AccountTokens,
  LeaseOutcome,
  OAuthClient,
  OAuthClientSummary,
  OpenedAccount,
  RefreshedTokens,
} from './account-store.js'
import type { ExchangeForm, ExchangeMasker, ExchangePage } from './exchange-form.js'
import { requireContent } from './database.js'
import { deriveKeys, keyBytes, zero } from './keys.js'
import { openRecords, type OpenRecords } from './open-records.js'
import { createRecoveryKey } from './recovery-key.js'
import type { FoundRecord, SignInRecord } from './sign-in-store.js'
import { checkSlotFile, createSlot, openSlots, readSlotFile, writeSlotFile, type SlotKey, type Slots } from './slots.js'
import type {
  Configuration,
  ConfigurationChange,
  GatewayKey,
  OpenedSecret,
  SecretSummary,
  SecretWrite,
  StoredSettings,
  StoredToolPin,
  WantedBack,
  WrittenExchange,
} from './vault.js'

/** Where a vault's two files are. */
export interface VaultPaths {
  readonly database: string
  readonly slots: string
}

interface Opened {
  readonly paths: VaultPaths
  readonly masterKey: Buffer
  readonly macKey: Buffer
  readonly records: OpenRecords
}

/**
 * The requests of the thread. The other side calls the same names; arguments and results are cloned on the way. All but
 * `create`, `unlock` and `close` throw GatewayError `vault_locked` where the vault is not open.
 */
export class VaultThread {
  private opened: Opened | undefined
  private mask: ExchangeMasker | undefined
  private maskedUpTo = -1
  private slotChange: Promise<unknown> = Promise.resolve()

  constructor(private readonly form: ExchangeForm) {}

  async create(paths: VaultPaths, vaultId: string, key: SlotKey): Promise<void> {
    if (existsSync(paths.database) || existsSync(paths.slots))
      throw new GatewayError('conflict', { detail: 'There is a vault already.', fix: 'Unlock it.' })
    const masterKey = randomBytes(keyBytes)
    const slots: Slots = { format: 1, vaultId, slots: [await createSlot(vaultId, key, masterKey)] }
    // The database is whole before the slots say that there is one, and takes its name last: whatever a crash leaves is
    // no vault, or one that `unlock` can finish.
    const unfinished = unfinishedPath(paths)
    for (const suffix of ['', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true })
    const made = { databasePath: unfinished, keys: deriveKeys(masterKey, vaultId), vaultId, isNew: true }
    openRecords(made, this.form).close()
    const keys = deriveKeys(masterKey, vaultId)
    const macKey = Buffer.from(keys.mac)
    writeSlotFile(paths.slots, slots, macKey)
    finishCreation(paths)
    const records = openRecords({ databasePath: paths.database, keys, vaultId, isNew: false }, this.form)
    this.opened = { paths, masterKey, macKey, records }
  }

  async unlock(paths: VaultPaths, key: SlotKey): Promise<void> {
    const file = readSlotFile(paths.slots)
    finishCreation(paths)
    requireContent(paths.database)
    const masterKey = await openSlots(file, key)
    const keys = deriveKeys(masterKey, file.vaultId)
    const macKey = Buffer.from(keys.mac)
    checkSlotFile(file, macKey)
    const location = { databasePath: paths.database, keys, vaultId: file.vaultId, isNew: false }
    this.opened = { paths, masterKey, macKey, records: openRecords(location, this.form) }
  }

  close(): void {
    const { opened } = this
    this.opened = undefined
    this.mask = undefined
    try {
      opened?.records.close()
    } finally {
      if (opened !== undefined) zero(opened.masterKey, opened.macKey)
    }
  }

  /** One at a time, and upon what the file holds by then: another process may have changed it. */
  replaceSlot(kind: 'passphrase' | 'recovery', passphrase: string): Promise<string> {
    const replaced = this.slotChange.then(() => this.replaceSlotNow(kind, passphrase))
    this.slotChange = replaced.catch(() => undefined)
    return replaced
  }

  putSecret(secret: SecretWrite, destinations: readonly string[]): SecretSummary {
    return this.writeSecrets(({ secrets }) => secrets.put(secret, destinations))
  }

  openSecret(name: string, subject: string | undefined, destination: string): OpenedSecret {
    return this.read(({ secrets }) => secrets.open(name, subject, destination))
  }

  listSecrets(): readonly SecretSummary[] {
    return this.read(({ secrets }) => secrets.list())
  }

  bindSecret(name: string, destinations: readonly string[]): void {
    this.writeSecrets(({ secrets }) => secrets.bind(name, destinations))
  }

  removeSecret(name: string, subject: string | undefined): boolean {
    const removed = this.writeSecrets(({ secrets }) => secrets.remove(name, subject))
    this.vault().records.checkpoint()
    return removed
  }

  addGatewayKey(key: GatewayKey): void {
    this.write(({ gatewayKeys }) => gatewayKeys.add(key))
  }

  listGatewayKeys(): readonly GatewayKey[] {
    return this.read(({ gatewayKeys }) => gatewayKeys.list())
  }

  chooseKeyAccounts(id: string, accounts: GatewayKey['accounts']): boolean {
    return this.write(({ gatewayKeys }) => gatewayKeys.chooseAccounts(id, accounts))
  }

  revokeGatewayKey(id: string): boolean {
    return this.write(({ gatewayKeys }) => gatewayKeys.revoke(id))
  }

  touchGatewayKeys(uses: readonly { readonly id: string; readonly lastUsedAt: string }[]): void {
    this.write(({ gatewayKeys }) => gatewayKeys.touch(uses))
  }

  loadConfiguration(): Configuration {
    return this.read(({ configuration }) => configuration.load())
  }

  changeConfiguration(change: ConfigurationChange): void {
    this.writeSecrets(({ configuration, secrets }) => {
      for (const { secret, destinations } of change.putSecrets ?? []) secrets.put(secret, destinations)
      for (const { name, destinations } of change.bindSecrets ?? []) secrets.bind(name, destinations)
      configuration.change(change)
    })
  }

  listToolPins(): readonly StoredToolPin[] {
    return this.read(({ toolPins }) => toolPins.list())
  }

  putToolPins(pins: readonly StoredToolPin[]): void {
    this.write(({ toolPins }) => toolPins.put(pins))
  }

  removeToolPins(server: string): void {
    this.write(({ toolPins }) => toolPins.remove(server))
  }

  appendExchanges(batch: CapturedBatch, wanted: WantedBack): readonly WrittenExchange[] {
    const masked = this.read((records) => this.masker(records)).maskBatch(batch)
    const { records } = this.vault()
    if (records.exchanges.keep === 'memory') records.read(() => records.exchanges.records.append(masked))
    else records.writeBehind(() => records.exchanges.records.append(masked))
    if (wanted === 'nothing') return []
    return this.form
      .readBatch(masked)
      .map((kept) => ({ summary: kept.summary(), ...(wanted === 'texts' && { text: kept.text() }) }))
  }

  maskJson(text: string): string {
    return this.read((records) => this.masker(records)).maskJson(text)
  }

  listExchanges(query: ExchangeQuery): ExchangePage {
    return this.read(({ exchanges }) => exchanges.records.list(query))
  }

  getExchange(id: string): Exchange | undefined {
    return this.read(({ exchanges }) => exchanges.records.get(id))
  }

  clearExchanges(): void {
    this.write(({ exchanges }) => exchanges.records.clear())
    this.vault().records.checkpoint()
  }

  getSettings(): StoredSettings {
    return this.read(({ preferences }) => preferences.settings())
  }

  putSettings(settings: StoredSettings): void {
    this.write(({ preferences, exchanges }) => {
      preferences.putSettings(settings)
      exchanges.apply(settings.exchanges)
    })
  }

  listFilters(): readonly SavedFilter[] {
    return this.read(({ preferences }) => preferences.listFilters())
  }

  getFilter(name: string): SavedFilter | undefined {
    return this.read(({ preferences }) => preferences.getFilter(name))
  }

  putFilter(name: string, q: string): SavedFilter {
    return this.write(({ preferences }) => preferences.putFilter(name, q))
  }

  removeFilter(name: string): boolean {
    return this.write(({ preferences }) => preferences.removeFilter(name))
  }

  listAccounts(): readonly Account[] {
    return this.read(({ accounts }) => accounts.list())
  }

  findAccount(owner: AccountOwner, label?: string): OpenedAccount | undefined {
    return this.read(({ accounts }) => accounts.find(owner, label))
  }

  getAccount(id: string): OpenedAccount | undefined {
    return this.read(({ accounts }) => accounts.get(id))
  }

  connectAccount(account: AccountDescription, tokens: AccountTokens): OpenedAccount {
    return this.writeSecrets(({ accounts }) => accounts.connect(account, tokens))
  }

  refreshAccount(id: string, generation: number, change: RefreshedTokens): OpenedAccount | undefined {
    return this.writeSecrets(({ accounts }) => accounts.refresh(id, generation, change))
  }

  requireSignIn(id: string, generation: number, reason: string): boolean {
    return this.write(({ accounts }) => accounts.requireSignIn(id, generation, reason))
  }

  chooseAccount(id: string, choice: AccountChoice): Account | undefined {
    return this.write(({ accounts }) => accounts.choose(id, choice))
  }

  removeAccount(id: string): boolean {
    const removed = this.writeSecrets(({ accounts }) => accounts.remove(id))
    this.vault().records.checkpoint()
    return removed
  }

  leaseAccount(id: string, generation: number, holder: string, durationMs: number): LeaseOutcome {
    return this.write(({ accounts }) => accounts.lease(id, generation, holder, durationMs))
  }

  releaseAccount(id: string, holder: string): void {
    this.write(({ accounts }) => accounts.release(id, holder))
  }

  findOAuthClient(issuer: string, redirectUri: string): OAuthClient | undefined {
    return this.read(({ oauthClients }) => oauthClients.find(issuer, redirectUri))
  }

  putOAuthClient(client: OAuthClient): void {
    this.writeSecrets(({ oauthClients }) => oauthClients.put(client))
  }

  removeOAuthClient(issuer: string, redirectUri: string): void {
    this.writeSecrets(({ oauthClients }) => oauthClients.remove(issuer, redirectUri))
  }

  putSignIn(record: SignInRecord): void {
    this.write(({ signIn }) => signIn.put(record))
  }

  findSignIn(kind: string, id: string): FoundRecord | undefined {
    return this.read(({ signIn }) => signIn.find(kind, id))
  }

  findSignInByUid(kind: string, uid: string): FoundRecord | undefined {
    return this.read(({ signIn }) => signIn.findByUid(kind, uid))
  }

  listSignIn(kind: string): readonly string[] {
    return this.read(({ signIn }) => signIn.list(kind))
  }

  consumeSignIn(kind: string, id: string): void {
    this.write(({ signIn }) => signIn.consume(kind, id))
  }

  removeSignIn(kind: string, id: string): void {
    this.write(({ signIn }) => signIn.remove(kind, id))
  }

  removeSignInGrant(grantId: string): void {
    this.write(({ signIn }) => signIn.removeGrant(grantId))
  }

  listOAuthClients(): readonly OAuthClientSummary[] {
    return this.read(({ oauthClients }) => oauthClients.list())
  }

  appendIssuances(issuances: readonly Issuance[]): void {
    const { records } = this.vault()
    records.writeBehind(() => records.issuances.append(issuances))
  }

  listIssuances(query: IssuanceQuery): IssuancePage {
    return this.read(({ issuances }) => issuances.list(query))
  }

  getIssuance(id: string): Issuance | undefined {
    return this.read(({ issuances }) => issuances.get(id))
  }

  revision(): number {
    return this.vault().records.revision()
  }

  readonly outsideChanges = (): number => this.vault().records.outsideChanges()

  private vault(): Opened {
    if (this.opened === undefined) throw new GatewayError('vault_locked')
    return this.opened
  }

  private read<Result>(work: (records: OpenRecords) => Result): Result {
    const { records } = this.vault()
    return records.read(() => work(records))
  }

  private write<Result>(work: (records: OpenRecords) => Result): Result {
    const { records } = this.vault()
    return records.write(() => work(records))
  }

  private writeSecrets<Result>(work: (records: OpenRecords) => Result): Result {
    this.mask = undefined
    return this.write(work)
  }

  /** Made anew when a secret has changed, here or in another process. */
  private masker(records: OpenRecords): ExchangeMasker {
    const outside = records.outsideChanges()
    if (this.mask === undefined || outside !== this.maskedUpTo)
      this.mask = this.form.createMasker([
        ...records.secrets.values(),
        ...records.accounts.values(),
        ...records.oauthClients.values(),
      ])
    this.maskedUpTo = outside
    return this.mask
  }

  private async replaceSlotNow(kind: 'passphrase' | 'recovery', passphrase: string): Promise<string> {
    const { masterKey } = this.vault()
    const recoveryKey = kind === 'recovery' ? createRecoveryKey() : ''
    const key: SlotKey = kind === 'recovery' ? { kind, recoveryKey } : { kind, passphrase }
    const { paths } = this.vault()
    const slot = await createSlot(readSlotFile(paths.slots).vaultId, key, masterKey)
    // The vault may have been locked meanwhile, and its keys be zeros.
    const { macKey, masterKey: stillOpen } = this.vault()
    if (stillOpen !== masterKey) throw new GatewayError('vault_locked')
    const file = readSlotFile(paths.slots)
    checkSlotFile(file, macKey)
    const slots = [...file.slots.filter((other) => other.kind !== kind), slot]
    writeSlotFile(paths.slots, { format: file.format, vaultId: file.vaultId, slots }, macKey)
    return recoveryKey
  }
}

function unfinishedPath(paths: VaultPaths): string {
  return `${paths.database}.new`
}

/** Gives the database of a vault that is being made, or whose making was interrupted, its name. */
function finishCreation(paths: VaultPaths): void {
  if (!existsSync(paths.database) && existsSync(unfinishedPath(paths)))
    renameSync(unfinishedPath(paths), paths.database)
}
