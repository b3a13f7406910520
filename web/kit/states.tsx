import type { ComponentChildren } from "preact"
import type { ApiError } from "../api/client.ts"
import type { Resource } from "../api/resource.ts"
import { Postmark } from "../icons/emblem.tsx"
import { Button } from "./button.tsx"

/** Where something will be in a moment. */
export const Skeleton = ({ lines = 3 }: { lines?: number }) => (
  <div class="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, index) => (
      <div key={index} />
    ))}
  </div>
)

type EmptyProps = { title: string; children: ComponentChildren; postmark?: string }

/** Nothing is there: why, and what to do. */
export const Empty = ({ title, children, postmark = "POSTE RESTANTE" }: EmptyProps) => (
  <div class="empty">
    <Postmark words={postmark} />
    <h2>{title}</h2>
    <div class="prose">{children}</div>
  </div>
)

export const Failed = ({ error, retry }: { error: ApiError; retry: () => void }) => (
  <div class="notice danger failed" role="alert">
    <p>{error.message}</p>
    <Button icon="refresh" onClick={retry}>
      Try again
    </Button>
  </div>
)

type LoadedProps<T> = { of: Resource<T>; lines?: number; children: (value: T) => ComponentChildren }

/** A resource in whichever state it is. */
export function Loaded<T>({ of: { value, error, isLoading, reload }, lines = 6, children }: LoadedProps<T>) {
  if (error) return <Failed error={error} retry={reload} />
  if (value === null) return <Skeleton lines={lines} />
  return <div aria-busy={isLoading}>{children(value)}</div>
}
