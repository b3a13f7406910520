import { patch } from "../../api/client.ts"
import { choose } from "../../api/settings.ts"
import type { ChangedSetting, Setting } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Became } from "../../kit/became.tsx"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { FormError, useAction } from "../../kit/form.tsx"
import { counted } from "../../kit/format.ts"
import { toast } from "../../kit/toast.tsx"
import { draft } from "./draft.ts"

export type Saving = ReturnType<typeof useSaving>

/** Has the API look at all changes, shows what they come to, and saves them. */
export function useSaving() {
  const action = useAction()
  async function review() {
    const values = draft.value
    const { items } = await patch<{ items: readonly ChangedSetting[] }>("/settings", { values, dryRun: true })
    if (items.length === 0) {
      draft.value = {}
      return toast("Nothing changes: it is so already.")
    }
    await confirmed({
      title: `Save ${counted(items.length, "change")}?`,
      say: <Changes of={items} />,
      act: "Save",
      run: async () => {
        const { needsRestart } = await choose(values)
        draft.value = {}
        toast(needsRestart ? "Saved. Some of it counts after the next start." : "Saved, and in effect.")
      },
    })
  }
  return { ...action, review: () => void action.run(review) }
}

const Changes = ({ of }: { of: readonly ChangedSetting[] }) => (
  <ul class="changes">
    {of.map(({ key, before, value, change }) => (
      <li key={key}>
        <code>{key}</code> {change === "restart" && <Badge tone="wait">after a restart</Badge>}
        <Became before={before} after={value} />
      </li>
    ))}
  </ul>
)

/** What is not saved yet; there only while something is. */
export function SaveBar({ saving, all }: { saving: Saving; all: readonly Setting[] }) {
  const keys = Object.keys(draft.value)
  if (keys.length === 0) return null
  const restarts = all.filter(({ key, change }) => keys.includes(key) && change === "restart").length
  return (
    <>
      <FormError>{saving.errorBeside(...keys)}</FormError>
      <section class="bulk" aria-label="Changes">
        <div>
          <b>{counted(keys.length, "change")}</b>
          {restarts > 0 && <small>{restarts} of them after a restart</small>}
        </div>
        <Button
          onClick={() => {
            draft.value = {}
          }}
        >
          Discard
        </Button>
        <Button tone="main" icon="check" isBusy={saving.isBusy} onClick={saving.review}>
          Review and save
        </Button>
      </section>
    </>
  )
}
