/** `node --import` this: `electron` is then the stand-in beside it, all of it also as the default export. */
import { register } from 'node:module'

const standIn = JSON.stringify(new URL('./electron-stand-in.mjs', import.meta.url).href)
const asModule = `export * from ${standIn}; import * as all from ${standIn}; export default all`
const url = JSON.stringify(`data:text/javascript,${encodeURIComponent(asModule)}`)
const hook = `export const resolve = (name, context, next) =>
  name === 'electron' ? { url: ${url}, shortCircuit: true } : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
