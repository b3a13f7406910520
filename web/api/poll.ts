import { useEffect } from "preact/hooks"
import type { Resource } from "./resource.ts"

/** Loads again every so often, for as long as somebody looks: for what changes without a line in the audit. */
export function usePoll<T>(resource: Resource<T>, everyMs: number): Resource<T> {
  const { reload } = resource
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) reload()
    }, everyMs)
    return () => clearInterval(timer)
  }, [reload, everyMs])
  return resource
}
