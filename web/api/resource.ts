import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { onAudit } from "./changes.ts"
import { ApiError, get } from "./client.ts"

export type Resource<T> = {
  /** What came last; while another is on its way, what was there before. */
  readonly value: T | null
  readonly error: ApiError | null
  readonly isLoading: boolean
  reload(): void
}

/** What happened together is loaded together: the feed brings what there is once a second. */
const SETTLE_MS = 150

/**
 * What the API says at `path` (null: nothing is asked). Loads again when an audited action begins with one of `on`:
 * `useResource<Account>(path, ["registration."])`; with "anything" at every line of the audit.
 */
export function useResource<T>(path: string | null, on: readonly string[] | "anything" = []): Resource<T> {
  const [{ value, error, isLoading }, set] = useState<Omit<Resource<T>, "reload">>({
    value: null,
    error: null,
    isLoading: path !== null,
  })
  const turn = useRef(0)

  const reload = useCallback(() => {
    const mine = ++turn.current
    if (path === null) return set({ value: null, error: null, isLoading: false })
    set((before) => ({ ...before, isLoading: true }))
    get<T>(path).then(
      (loaded) => mine === turn.current && set({ value: loaded, error: null, isLoading: false }),
      (thrown: unknown) => mine === turn.current && set((before) => failed(before, asApiError(thrown))),
    )
  }, [path])

  useEffect(() => {
    reload()
    return () => {
      turn.current++
    }
  }, [reload])

  const actions = on === "anything" ? on : on.join(" ")
  useEffect(() => {
    if (actions === "") return
    let timer = 0
    const stop = onAudit((line) => {
      if (line && actions !== "anything" && !actions.split(" ").some((one) => line.action.startsWith(one))) return
      clearTimeout(timer)
      timer = window.setTimeout(reload, SETTLE_MS)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [actions, reload])

  return { value, error, isLoading, reload }
}

/** Without a connection, which the shell says, what was there before is better than nothing. */
const failed = <T>(before: Omit<Resource<T>, "reload">, error: ApiError): Omit<Resource<T>, "reload"> =>
  error.code === "offline" && before.value !== null
    ? { ...before, isLoading: false }
    : { value: null, error, isLoading: false }

export const asApiError = (thrown: unknown): ApiError =>
  thrown instanceof ApiError ? thrown : new ApiError(0, "page", `This page failed: ${String(thrown)}`)
