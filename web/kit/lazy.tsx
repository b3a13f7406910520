import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { ApiError } from "../api/client.ts"
import { Failed, Skeleton } from "./states.tsx"

const known = new Map<() => Promise<ComponentType>, ComponentType>()

/** A component that comes when it is needed. */
export function Lazy({ load }: { load: () => Promise<ComponentType> }) {
  const [, redraw] = useState(0)
  const [isLost, setLost] = useState(false)
  const fetchIt = () => {
    setLost(false)
    load().then(
      (component) => {
        known.set(load, component)
        redraw((turn) => turn + 1)
      },
      () => setLost(true),
    )
  }
  useEffect(() => {
    if (!known.has(load)) fetchIt()
  }, [load])
  const Component = known.get(load)
  if (Component) return <Component />
  // After an update of the mediator the files of the page that is open are no longer there.
  const error = new ApiError(
    0,
    "page",
    "This part of the pages could not be loaded. Reload if the mediator was updated.",
  )
  return (
    <div class="page">{isLost ? <Failed error={error} retry={() => location.reload()} /> : <Skeleton lines={8} />}</div>
  )
}
