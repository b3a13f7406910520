import { usePoll } from "../../api/poll.ts"
import { useResource } from "../../api/resource.ts"
import type { Limits } from "../../api/types.ts"
import { count, counted } from "../../kit/format.ts"
import { Card } from "../../kit/page.tsx"
import { Quota } from "../../kit/quota.tsx"
import { Loaded } from "../../kit/states.tsx"

const EVERY_MS = 5_000

const buckets = {
  perAddress: "Requests of an address",
  forwardsPerAddress: "Forwards of an address",
  perDid: "Requests of a DID",
  fetchesPerDid: "Fetching of a DID",
} as const

/** Who is held back right now, and how busy it is where envelopes are opened. */
export function Limiters() {
  const limits = usePoll(useResource<Limits>("/limits", ["settings."]), EVERY_MS)
  return (
    <Card title="Held back right now">
      <Loaded of={limits} lines={5}>
        {(now) => (
          <div class="stack">
            <table class="plain">
              <thead>
                <tr>
                  <th scope="col">Limit</th>
                  <th scope="col" class="number">
                    at most
                  </th>
                  <th scope="col" class="number">
                    known
                  </th>
                  <th scope="col" class="number">
                    held back
                  </th>
                </tr>
              </thead>
              <tbody>
                {Object.entries(buckets).map(([name, words]) => (
                  <Bucket key={name} words={words} of={now[name as keyof typeof buckets]} />
                ))}
                <tr>
                  <th scope="row">Connections of an address</th>
                  <td class="number">{now.connections.most === 0 ? "any" : count(now.connections.most)}</td>
                  <td class="number">{count(now.connections.tracked)}</td>
                  <td class="number">{count(now.connections.limited)}</td>
                </tr>
              </tbody>
            </table>
            <div class="pair">
              <Gate label="Envelopes being opened" of={now.crypto} />
              <Gate label="Of these, of strangers" of={now.cryptoStrangers} />
            </div>
            <MostLimited of={now.mostLimited} />
          </div>
        )}
      </Loaded>
    </Card>
  )
}

const Bucket = ({ words, of: { rate, tracked, limited } }: { words: string; of: Limits["perDid"] }) => (
  <tr>
    <th scope="row">{words}</th>
    <td class="number">{rate === 0 ? "any" : `${count(rate)}/s`}</td>
    <td class="number">{count(tracked)}</td>
    <td class="number">{limited > 0 ? <b>{count(limited)}</b> : 0}</td>
  </tr>
)

const Gate = ({ label, of: { running, atOnce, waiting } }: { label: string; of: Limits["crypto"] }) => (
  <div>
    <h3>{label}</h3>
    <Quota used={running} most={atOnce} label={label} shown={count} />
    {waiting > 0 && <p class="soft">{counted(waiting, "more waits", "more wait")} in line.</p>}
  </div>
)

const MostLimited = ({ of }: { of: Limits["mostLimited"] }) =>
  of.length === 0 ? (
    <p class="soft">No address was refused in the last ten minutes.</p>
  ) : (
    <div>
      <h3>Refused most often</h3>
      <ol class="rows">
        {of.map(({ address, refused }) => (
          <li key={address}>
            <code>{address}</code>
            <span class="soft">{counted(refused, "time")}</span>
          </li>
        ))}
      </ol>
    </div>
  )
