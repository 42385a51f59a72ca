/** `node --import` this: `electron` is then the stand-in beside it. */
import { register } from 'node:module'

const standIn = new URL('./electron-stand-in.mjs', import.meta.url).href
register(
  `data:text/javascript,${encodeURIComponent(`
    export const resolve = (name, context, next) =>
      name === 'electron' ? { url: ${JSON.stringify(standIn)}, shortCircuit: true } : next(name, context)
  `)}`,
)
