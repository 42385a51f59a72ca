/** The control API's operations on exchanges, saved filters and settings. */
import { read, write, type Operation } from './operation.js'
import { pageQuerySchema } from './schema-parts.js'
import * as schemas from './exchange-schemas.js'

export const exchangeOperations = {
  listExchanges: {
    ...read,
    method: 'get',
    path: '/exchanges',
    summary: 'Exchanges, newest first, without bodies and events.',
    query: schemas.exchangeQuerySchema,
    answer: schemas.exchangeListSchema,
  },
  exportExchanges: {
    ...read,
    method: 'get',
    path: '/exchanges/export',
    summary: 'Exchanges as a file, newest first: HAR 1.2, JSON lines, or Markdown.',
    query: schemas.exportQuerySchema,
    answerTypes: Object.values(schemas.exportMediaTypes),
  },
  getExchange: {
    ...read,
    method: 'get',
    path: '/exchanges/{id}',
    summary: 'One exchange, whole.',
    params: schemas.exchangeParamsSchema,
    answer: schemas.exchangeSchema,
  },
  clearExchanges: {
    ...write,
    method: 'delete',
    path: '/exchanges',
    summary: 'Forgets all exchanges.',
  },
  replayExchange: {
    ...write,
    method: 'post',
    path: '/exchanges/{id}/replay',
    summary: 'Sends a recorded request again, under today’s settings, and answers with the exchange that this makes.',
    params: schemas.exchangeParamsSchema,
    body: schemas.replayInputSchema,
    bodyMayBeMissing: true,
    statuses: [200],
    answer: schemas.exchangeSchema,
  },

  listSavedFilters: {
    ...read,
    method: 'get',
    path: '/saved-filters',
    summary: 'Saved filters, by name.',
    query: pageQuerySchema,
    answer: schemas.savedFilterListSchema,
  },
  getSavedFilter: {
    ...read,
    method: 'get',
    path: '/saved-filters/{name}',
    summary: 'One saved filter.',
    params: schemas.savedFilterParamsSchema,
    answer: schemas.savedFilterSchema,
  },
  putSavedFilter: {
    ...write,
    method: 'put',
    path: '/saved-filters/{name}',
    summary: 'Saves a filter under a name.',
    params: schemas.savedFilterParamsSchema,
    body: schemas.savedFilterInputSchema,
    statuses: [200, 201],
    answer: schemas.savedFilterSchema,
  },
  removeSavedFilter: {
    ...write,
    method: 'delete',
    path: '/saved-filters/{name}',
    summary: 'Forgets a saved filter.',
    params: schemas.savedFilterParamsSchema,
  },

  getSettings: {
    ...read,
    method: 'get',
    path: '/settings',
    summary: 'How exchanges are kept, and where traces go.',
    answer: schemas.settingsSchema,
  },
  patchSettings: {
    ...write,
    method: 'patch',
    path: '/settings',
    summary: 'Changes some settings, at once.',
    body: schemas.settingsPatchSchema,
    statuses: [200],
    answer: schemas.settingsSchema,
  },
} as const satisfies Record<string, Operation>
