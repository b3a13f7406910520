import { remove } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import { me } from "../../api/session.ts"
import type { SessionLine } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago } from "../../kit/time.tsx"
import { toast } from "../../kit/toast.tsx"

/** Who is signed in, and where. */
export function Sessions() {
  const list = useResource<{ sessions: readonly SessionLine[] }>("/sessions", ["admin."])
  return (
    <Card title="Signed in" lead="End what you do not know, and change your password then.">
      <Loaded of={list} lines={2}>
        {({ sessions }) => (
          <ul class="rows">
            {sessions.map((one) => (
              <Line key={one.id} of={one} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}

const Line = ({ of }: { of: SessionLine }) => (
  <li>
    <div class="who">
      <b>{of.admin === me()?.admin ? "You" : of.admin}</b> {of.isThis && <Badge tone="accent">this page</Badge>}
      <small title={of.agent}>
        {browserOf(of.agent)}, {of.address === "local" ? "on this machine" : of.address}
      </small>
      <small>
        last seen <Ago at={of.usedAt} />, ends <Ago at={of.endsAt} />
      </small>
    </div>
    {!of.isThis && (
      <Button tone="quiet" onClick={() => end(of)}>
        End it
      </Button>
    )}
  </li>
)

async function end({ id, admin, agent }: SessionLine): Promise<void> {
  const isDone = await confirmed({
    title: "End this session?",
    say: `${browserOf(agent)} of ${admin} has to sign in again.`,
    act: "End it",
    run: () => remove(`/sessions/${encodeURIComponent(id)}`),
  })
  if (isDone) toast("The session has ended.")
}

/** The order matters: most claim to be others, too. */
const browsers = [
  [/Edg/, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const
const systems = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS/, "macOS"],
  [/Linux|X11/, "Linux"],
] as const

/** A browser's long name in two words. */
function browserOf(agent: string): string {
  const [browser, system] = [browsers, systems].map((known) => known.find(([sign]) => sign.test(agent))?.[1])
  if (!browser) return agent.split(/[\s/]/, 1)[0] || "a program"
  return system ? `${browser} on ${system}` : browser
}
