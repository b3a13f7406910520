/** What a setting is made of: the kind of its value, its default, and the sentence that explains it. */

import type { Kind } from "./kinds.ts"

/** A default that follows from settings above it in the schema. */
type Computed<T> = { readonly says: string; readonly from: (known: Known) => T }
type Known = { readonly server: { readonly port: number; readonly tls: string; readonly public_url: string } }

export type Setting<T> = {
  readonly kind: Kind<T>
  readonly fallback: { readonly value: T } | Computed<T>
  readonly sentence: string
  /** Never shown; its environment variable has a twin that names a file to read it from. */
  readonly secret?: true
}

export const setting = <T>(kind: Kind<T>, value: NoInfer<T>, sentence: string): Setting<T> => ({
  kind,
  fallback: { value },
  sentence,
})

export const derived = <T>(kind: Kind<T>, fallback: Computed<NoInfer<T>>, sentence: string): Setting<T> => ({
  kind,
  fallback,
  sentence,
})

export const secret = (kind: Kind<string>, sentence: string): Setting<string> => ({
  ...setting(kind, "", sentence),
  secret: true,
})
