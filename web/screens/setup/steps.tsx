import { useResource } from "../../api/resource.ts"
import type { Setting, Status } from "../../api/types.ts"
import { Button, LinkButton } from "../../kit/button.tsx"
import { PageFrame } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { go, path, to } from "../../router.ts"
import { FirstDevice } from "./first-device.tsx"
import { HowReached } from "./how-reached.tsx"
import { WhoMayUse } from "./who-may-use.tsx"

const steps = [
  { path: "who", title: "Who may use it" },
  { path: "reach", title: "How it is reached" },
  { path: "device", title: "The first device" },
] as const

/** What is worth deciding on the first day. Each step is a place, so that a reload stays where one was. */
export function Steps() {
  const settings = useResource<{ settings: readonly Setting[] }>("/settings", ["settings"])
  const status = useResource<Status>("/status")
  const at = Math.max(
    steps.findIndex((step) => step.path === path.value[1]),
    0,
  )
  const place = (index: number) => to(["welcome", steps[index]?.path ?? ""])
  const onwards = () => go(at + 1 < steps.length ? place(at + 1) : to([]))
  const step = steps[at] ?? steps[0]
  return (
    <PageFrame key={step.path} title={step.title} lead={`Step ${at + 1} of ${steps.length}`}>
      <ol class="steps" aria-label="Steps">
        {steps.map(({ path, title }, index) => (
          <li key={path} class={index < at ? "past" : ""} aria-current={index === at ? "step" : undefined}>
            <a href={place(index)}>{title}</a>
          </li>
        ))}
      </ol>
      <Loaded of={settings}>
        {({ settings: all }) => {
          const settingOf = (key: string) => all.find((one) => one.key === key)?.value.replace(/^"|"$/g, "") ?? ""
          const mode = settingOf("admission.mode")
          if (step.path === "who") return <WhoMayUse mode={mode} onDone={onwards} />
          if (step.path === "reach") {
            return <Loaded of={status}>{({ publicUrl }) => <HowReached publicUrl={publicUrl} />}</Loaded>
          }
          return <Loaded of={status}>{({ invitationUrl }) => <FirstDevice invitationUrl={invitationUrl} />}</Loaded>
        }}
      </Loaded>
      <div class="actions">
        {at > 0 && <LinkButton href={place(at - 1)}>Back</LinkButton>}
        {step.path === "reach" && (
          <Button tone="main" onClick={onwards}>
            Go on
          </Button>
        )}
        {step.path === "device" && <LinkButton href={to([])}>Finish</LinkButton>}
      </div>
    </PageFrame>
  )
}
