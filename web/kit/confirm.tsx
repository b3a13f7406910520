import { signal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import { asApiError } from "../api/resource.ts"
import { Button } from "./button.tsx"
import { Dialog } from "./dialog.tsx"
import { FormError, useAction } from "./form.tsx"
import { Skeleton } from "./states.tsx"

export type Question = {
  readonly title: string
  readonly say: ComponentChildren
  /** What the button says: a verb. */
  readonly act: string
  readonly isDangerous?: boolean
  /** Asks the API what it would do, and gives that for people to read, before anything can be done. */
  readonly dryRun?: () => Promise<ComponentChildren>
  readonly run: () => Promise<unknown>
}

const asked = signal<{ question: Question; answer: (isDone: boolean) => void } | null>(null)

/** Asks before something is done, and does it. Resolves with whether it was done. */
export const confirmed = (question: Question): Promise<boolean> =>
  new Promise((resolve) => {
    const answer = (isDone: boolean) => {
      asked.value = null
      resolve(isDone)
    }
    asked.value = { question, answer }
  })

/** Where those questions appear; once, in the shell. */
export const Questions = () => asked.value && <Asked key={asked.value.question} {...asked.value} />

function Asked({ question, answer }: { question: Question; answer: (isDone: boolean) => void }) {
  const { title, say, act, isDangerous = false, dryRun, run } = question
  const action = useAction()
  const [found, setFound] = useState<{ figures: ComponentChildren } | { problem: string } | null>(null)
  useEffect(() => {
    dryRun?.().then(
      (figures) => setFound({ figures }),
      (thrown: unknown) => {
        const error = asApiError(thrown)
        if (error.code === "cancelled") answer(false)
        else setFound({ problem: error.message })
      },
    )
  }, [])
  const isReady = !dryRun || (found !== null && "figures" in found)
  const submit = async () => {
    if (await action.run(run)) answer(true)
  }
  return (
    <Dialog title={title} onClose={() => answer(false)}>
      <div class="stack">
        <div class="prose">{say}</div>
        {dryRun && !found && <Skeleton lines={2} />}
        {found && "figures" in found && <div class="dry-run">{found.figures}</div>}
        <FormError>{found && "problem" in found ? found.problem : (action.error?.message ?? null)}</FormError>
      </div>
      <footer>
        <Button onClick={() => answer(false)} autoFocus={isDangerous}>
          Cancel
        </Button>
        <Button
          tone={isDangerous ? "danger" : "main"}
          isBusy={action.isBusy}
          isDisabled={!isReady}
          autoFocus={!isDangerous}
          onClick={submit}
        >
          {act}
        </Button>
      </footer>
    </Dialog>
  )
}
