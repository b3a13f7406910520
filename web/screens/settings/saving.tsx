import { useEffect, useRef } from "preact/hooks"
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

/** Has the API look at all changes, shows what they come to, and saves them. `list`: the settings as they came last. */
export function useSaving(list: unknown) {
  const action = useAction()
  const isSaved = useRef(false)
  // Not at once: until the list has come again, the fields would go back to what was.
  useEffect(() => {
    if (isSaved.current) draft.value = {}
    isSaved.current = false
  }, [list])
  async function review() {
    const values = draft.value
    let items: readonly ChangedSetting[] = []
    const isFine = await action.run(async () => {
      items = (await patch<{ items: readonly ChangedSetting[] }>("/settings", { values, dryRun: true })).items
    })
    if (!isFine) return
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
        isSaved.current = true
        toast(needsRestart ? "Saved. Some of it counts after the next start." : "Saved, and in effect.")
      },
    })
  }
  /** What is wrong with one setting; its name is beside that already. */
  const errorOf = (key: string) => action.errorOf(key)?.replace(/^`[^`]+` /, "It ") ?? null
  return { ...action, errorOf, review: () => void review() }
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
