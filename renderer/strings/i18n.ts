/** The catalogue of everything that the page says. Components ask with `useTranslation()`, other code with `t`. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en.js'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof en }
    returnNull: false
  }
}

/** Dotted path of a string, such as `servers.title`. Plurals are asked without `_one` and `_other`. */
export type StringKey = LeafPaths<typeof en>

type LeafPaths<T> = {
  [K in keyof T & string]: T[K] extends string ? WithoutPlural<K> : `${K}.${LeafPaths<T[K]>}`
}[keyof T & string]
type WithoutPlural<K extends string> = K extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : K

/** `pseudo` is longer, accented English, to see what does not fit and what is not in the catalogue. */
export async function startStrings(locale: 'en' | 'pseudo'): Promise<void> {
  const translation = locale === 'pseudo' ? (await import('./pseudo.js')).pseudoOf(en) : en
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: false,
    resources: { en: { translation } },
    // React escapes; doing so twice shows entities.
    interpolation: { escapeValue: false },
    returnNull: false,
  })
}

/** For code that is no component. @param values for the placeholders; `count` chooses the plural */
export function t(key: StringKey, values: Readonly<Record<string, string | number>> = {}): string {
  return i18next.t(key, values)
}

/**
 * For what is handed a way to say things. That of `useTranslation()` has a type for each key, which costs the compiler
 * more than it is given once it is a parameter.
 */
export type Translate = typeof t
