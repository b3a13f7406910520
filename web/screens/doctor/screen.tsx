import { useResource } from "../../api/resource.ts"
import type { Examination } from "../../api/types.ts"
import { Pill } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { ExportLink } from "../../kit/export-link.tsx"
import { counted } from "../../kit/format.ts"
import { Card, PageFrame } from "../../kit/page.tsx"
import { Failed, Skeleton } from "../../kit/states.tsx"

type Check = Examination["items"][number]

const grave = { fail: 0, warn: 1, ok: 2 } as const
const words = { fail: "wrong", warn: "look at it", ok: "good" } as const

/** Looks at everything that could be wrong, and says what to do about it. */
export function Doctor() {
  const { value, error, isLoading, reload } = useResource<Examination>("/doctor")
  return (
    <PageFrame
      title="Doctor"
      lead={value && !isLoading ? <Verdict of={value} /> : "Looking at everything; this takes some seconds."}
      actions={
        <Button icon="refresh" isBusy={isLoading} onClick={reload}>
          Look again
        </Button>
      }
    >
      {error && <Failed error={error} retry={reload} />}
      {!error && !value && <Skeleton lines={10} />}
      {value && (
        <Card>
          <ul class="checks" aria-busy={isLoading}>
            {[...value.items]
              .sort((a, b) => grave[a.level] - grave[b.level])
              .map((one) => (
                <Found key={one.id} of={one} />
              ))}
          </ul>
        </Card>
      )}
      <Bundle />
    </PageFrame>
  )
}

function Verdict({ of: { level, items } }: { of: Examination }) {
  const amount = (wanted: Check["level"]) => items.filter((one) => one.level === wanted).length
  const [wrong, unsure] = [amount("fail"), amount("warn")]
  const parts = [
    wrong > 0 && `${counted(wrong, "thing")} wrong`,
    unsure > 0 && `${counted(unsure, "thing")} to look at`,
  ].filter(Boolean)
  return (
    <Pill level={level}>
      {parts.length > 0 ? `${parts.join(", ")}; ` : ""}
      {counted(amount("ok"), "check")} of {items.length} passed.
    </Pill>
  )
}

const Found = ({ of: { title, level, why, fix, ms } }: { of: Check }) => (
  <li>
    <Pill level={level}>{words[level]}</Pill>
    <h2>{title}</h2>
    <p>{why}</p>
    {fix && (
      <p class="fix">
        <b>What to do: </b>
        {fix}
      </p>
    )}
    <small>{Math.round(ms)} ms</small>
  </li>
)

const Bundle = () => (
  <Card
    title="For whoever helps you"
    lead="A file with these checks and the figures behind them."
    actions={<ExportLink path="/doctor/bundle">Download</ExportLink>}
  >
    <div class="prose">
      <p>It has the versions, the settings, the sizes, the rates and the commonest refusals.</p>
      <p>
        It has no DIDs, no addresses, no host names, no keys, no labels and no mail. It is plain JSON: read it before
        you send it to anybody.
      </p>
    </div>
  </Card>
)
