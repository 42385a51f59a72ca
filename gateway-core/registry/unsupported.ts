import type { ResolvedServer } from '../contract/resolved-server.js'
export function unsupportedReason(_server: ResolvedServer): string | undefined { return undefined }
