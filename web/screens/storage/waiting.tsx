import { useEffect, useState } from "preact/hooks"
import { once } from "../../api/client.ts"
import { asApiError } from "../../api/resource.ts"
import { Dialog } from "../../kit/dialog.tsx"

const SECOND_MS = 1_000

/** How long somebody has been waiting. */
export function Elapsed() {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), SECOND_MS)
    return () => clearInterval(timer)
  }, [])
  return <span class="soft">{seconds} s</span>
}

/** Waits until the mediator is there again: the session that restored is gone then. */
export function Restarting() {
  useEffect(() => {
    const timer = setInterval(() => {
      once("GET", "/session").catch((thrown: unknown) => {
        if (asApiError(thrown).code === "admin.unauthenticated") location.reload()
      })
    }, SECOND_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <Dialog title="The mediator starts again" isStubborn onClose={() => {}}>
      <p role="status">
        It is put on the backup, which takes some seconds. This page comes back by itself. <Elapsed />
      </p>
    </Dialog>
  )
}
