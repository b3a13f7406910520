import { Verbatim } from "../../kit/copy.tsx"
import { Card, Notice } from "../../kit/page.tsx"

/** The address that wallets are told, and whether it is a good one. */
export const HowReached = ({ publicUrl }: { publicUrl: string }) => (
  <Card title="Its public URL" lead="Wallets are told this address, and keep it. Settle it before the first one comes.">
    <div class="stack">
      <Verbatim text={publicUrl} what="URL" />
      <Advice url={new URL(publicUrl)} />
      <p class="soft">
        To change it, set <code>public_url</code> below <code>[server]</code> in restante.toml and restart. The
        mediator’s DID carries the address, so it changes with it.
      </p>
    </div>
  </Card>
)

function Advice({ url: { protocol, hostname } }: { url: URL }) {
  if (/^(localhost|127\.|\[::1\])/.test(hostname)) {
    return (
      <Notice tone="warn">
        Only programs on this very machine can use this address. That is right for trying things out. A phone needs a
        name that it can find, with https.
      </Notice>
    )
  }
  if (protocol !== "https:") {
    return (
      <Notice tone="warn">
        This address has no https. Messages are sealed all the same, but many wallets refuse it, and your password would
        travel in the clear. Put a proxy with a certificate in front, such as Caddy.
      </Notice>
    )
  }
  return (
    <Notice tone="good">
      With https, and a name that others can find: that is how it should be. If a proxy is in front, let it pass on
      WebSockets, and name it in <code>server.trusted_proxies</code>.
    </Notice>
  )
}
