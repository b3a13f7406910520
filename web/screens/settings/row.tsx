import { useId } from "preact/hooks"
import type { Setting } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { Control } from "./control.tsx"
import { change, draft, leave, shownText, takeBack, waiting } from "./draft.ts"

/** One setting: what it does, what it is, where that comes from, and how it is changed. */
export function Row({ of, error }: { of: Setting; error: string | null }) {
  const id = useId()
  const wish = draft.value[of.key]
  return (
    <li class={wish === undefined ? "setting" : "setting changed"}>
      <div>
        <h3 id={`${id}-key`}>
          <code>{of.key}</code>
        </h3>
        <p id={`${id}-say`}>{of.sentence}</p>
        <Source of={of} />
      </div>
      <div>
        {of.change === "never" ? (
          <Fixed of={of} />
        ) : wish === null ? (
          <p class="soft">Nothing will be chosen here any more.</p>
        ) : (
          <Control
            of={of}
            value={wish ?? shownText(waiting(of))}
            labelledBy={`${id}-key`}
            describedBy={`${id}-say ${id}-error`}
            isWrong={error !== null}
            onChange={(text) => change(of, text)}
          />
        )}
        <p class="wrong" id={`${id}-error`} role={error === null ? undefined : "alert"}>
          {error}
        </p>
        <Marks of={of} isChanged={wish !== undefined} />
      </div>
    </li>
  )
}

/** Where the value comes from, and when another one counts. */
const Source = ({ of: { origin, default: ordinary, change: when } }: { of: Setting }) => (
  <small>
    {origin === "default" ? (
      "Default"
    ) : (
      <>
        From <b>{origin}</b> · by default <code>{ordinary}</code>
      </>
    )}
    {when === "restart" && " · needs a restart"}
  </small>
)

const Fixed = ({ of }: { of: Setting }) => (
  <>
    <p class="fixed">
      {of.isSecret ? (of.value === '""' ? "Not set" : "Set, and never shown") : shownText(of) || "empty"}
    </p>
    <small>
      {of.isSecret
        ? "A secret: only the file or the environment says it."
        : `Change it where it is said: ${of.origin}.`}
    </small>
  </>
)

const Marks = ({ of, isChanged }: { of: Setting; isChanged: boolean }) => (
  <div class="marks">
    {of.next !== null && <Badge tone="wait">waits for a restart</Badge>}
    {of.next !== null && <small>until then {shownText(of) || "empty"}</small>}
    {isChanged ? (
      <Button tone="quiet" isSmall onClick={() => leave(of.key)}>
        Undo
      </Button>
    ) : (
      of.chosen !== null && (
        <Button tone="quiet" isSmall onClick={() => takeBack(of)}>
          Reset
        </Button>
      )
    )}
  </div>
)
