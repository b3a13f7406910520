import { post } from "../../api/client.ts"
import type { IntakeMode } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { useAction } from "../../kit/form.tsx"
import { counted } from "../../kit/format.ts"
import { Notice } from "../../kit/page.tsx"
import { toast } from "../../kit/toast.tsx"

const change = (mode: IntakeMode) => post("/intake", { mode })

/** Takes nothing in for a while, or also gets rid of the sockets before a longer stop. */
export function IntakeButtons({ mode, sockets }: { mode: IntakeMode; sockets: number }) {
  async function pause() {
    const isDone = await confirmed({
      title: "Pause the intake?",
      say: (
        <p>
          New mail and newcomers are refused for now; senders keep their mail and send it again. Members fetch what
          waits. It stays so, over restarts, until you resume.
        </p>
      ),
      act: "Pause",
      run: () => change("paused"),
    })
    if (isDone) toast("The intake is paused.")
  }
  async function drain() {
    const isDone = await confirmed({
      title: "Drain before a stop?",
      say: (
        <p>
          As a pause, and {counted(sockets, "open connection is", "open connections are")} asked to come back later, one
          after the other. It ends with the next start, or when you resume.
        </p>
      ),
      act: "Drain",
      isDangerous: true,
      run: () => change("draining"),
    })
    if (isDone) toast("The mediator is draining.")
  }
  return (
    <>
      {mode === "open" && (
        <Button icon="pause" onClick={pause}>
          Pause intake
        </Button>
      )}
      {mode !== "draining" && (
        <Button icon="out" onClick={drain}>
          Drain
        </Button>
      )}
      {mode !== "open" && <Resume />}
    </>
  )
}

function Resume() {
  const { isBusy, run } = useAction()
  const resume = async () => {
    if (await run(() => change("open"))) toast("Mail is taken in again.")
    else toast("The intake could not be resumed. Try again.", "danger")
  }
  return (
    <Button tone="main" icon="play" isBusy={isBusy} onClick={resume}>
      Resume intake
    </Button>
  )
}

const words = {
  paused: "Nothing new is taken in. Senders are told to try again; members fetch what waits. Nothing is lost.",
  draining: "Nothing new is taken in, and connections are asked to leave. You can stop the mediator when they have.",
} as const

export const IntakeNotice = ({ mode }: { mode: IntakeMode }) =>
  mode === "open" ? null : (
    <Notice tone="warn">
      <p>{words[mode]}</p>
    </Notice>
  )
