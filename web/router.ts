/** Where the pages are: `#/registrations/did%3A…?state=pending`. What stands after # survives any path before it. */

import { computed, signal } from "@preact/signals"

export type Query = Readonly<Record<string, string>>

const hash = signal(location.hash)
addEventListener("hashchange", () => {
  hash.value = location.hash
})

const parts = computed(() => {
  const [path = "", query = ""] = hash.value.replace(/^#\/?/, "").split("?", 2)
  return { path: path.split("/").filter(Boolean).map(decoded), query: Object.fromEntries(new URLSearchParams(query)) }
})

/** The parts of the current place, decoded: `["registrations", "did:peer:2…"]`. */
export const path = computed<readonly string[]>(() => parts.value.path)
/** The filters in the URL. */
export const query = computed<Query>(() => parts.value.query)

/** The filters of these names, for an API that takes no others. */
export const chosen = (...names: readonly string[]): Query =>
  Object.fromEntries(Object.entries(query.value).filter(([name]) => names.includes(name)))

/** A link: `to(["registrations", did], { state: "pending" })`. Empty filters are left out. */
export function to(place: readonly string[], filters: Query = {}): string {
  const given = Object.entries(filters).filter(([, value]) => value !== "")
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : ""
  return `#/${place.map(encodeURIComponent).join("/")}${search}`
}

/** Goes somewhere as a click would, so that Back comes back here. */
export function go(href: string): void {
  location.hash = href
}

/** Goes somewhere in place of where one is: Back does not come here any more. */
export function replace(href: string): void {
  history.replaceState(null, "", href)
  hash.value = location.hash
}

/** Changes filters in place; a list then begins at its first page. */
export function filter(changes: Query): void {
  const { after: _, ...kept } = query.value
  replace(to(path.value, { ...kept, ...changes }))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
