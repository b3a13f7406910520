import { useState } from "preact/hooks"
import { remove } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import type { ApiToken } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { Ago, now } from "../../kit/time.tsx"
import { toast } from "../../kit/toast.tsx"
import { NewToken } from "./new-token.tsx"

/** What programs come in with. */
export function Tokens() {
  const list = useResource<{ tokens: readonly ApiToken[] }>("/tokens", ["token."])
  const [isMaking, setMaking] = useState(false)
  return (
    <Card
      title="Tokens for programs"
      lead={
        <>
          For <code>Authorization: Bearer rst_…</code>; <a href="api/openapi.json">what the API can do</a>
        </>
      }
      actions={
        <Button icon="plus" onClick={() => setMaking(true)}>
          Make a token
        </Button>
      }
    >
      <Loaded of={list} lines={2}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <p class="soft">There is none. A script that makes backups, or a monitor that reads figures, needs one.</p>
          ) : (
            <ul class="rows">
              {tokens.map((one) => (
                <Line key={one.id} of={one} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isMaking && <NewToken onClose={() => setMaking(false)} />}
    </Card>
  )
}

const Line = ({ of }: { of: ApiToken }) => (
  <li>
    <div class="who">
      <b>{of.name}</b>{" "}
      {of.scopes.map((scope) => (
        <Badge key={scope} tone={scope === "admin" ? "danger" : "soft"}>
          {scope}
        </Badge>
      ))}
      <small>
        last used <Ago at={of.lastUsedAt} />, {of.expiresAt === null ? "does not expire" : <Expiry at={of.expiresAt} />}
      </small>
    </div>
    <Button tone="quiet" onClick={() => revoke(of)}>
      Revoke
    </Button>
  </li>
)

const Expiry = ({ at }: { at: number }) => (
  <>
    {at < now.value ? "expired" : "expires"} <Ago at={at} />
  </>
)

async function revoke({ id, name }: ApiToken): Promise<void> {
  const isDone = await confirmed({
    title: `Revoke ${name}?`,
    say: "Programs that use it are refused from then on.",
    act: "Revoke",
    isDangerous: true,
    run: () => remove(`/tokens/${encodeURIComponent(id)}`),
  })
  if (isDone) toast(`${name} counts no more.`)
}
