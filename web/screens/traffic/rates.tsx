import { usePoll } from "../../api/poll.ts"
import { useResource } from "../../api/resource.ts"
import type { History, Lane } from "../../api/types.ts"
import { Card } from "../../kit/page.tsx"
import { Loaded } from "../../kit/states.tsx"
import { laneNames } from "../../people/lanes.ts"
import { upTo } from "../../plots/figures.ts"

const MINUTE = 60
const EVERY_MS = 5_000
const lanes: readonly Lane[] = ["didcomm", "decentrl"]

/** What was counted in the last minute: points are per second. */
const inMinute = ({ series }: History, name: string): string =>
  upTo(0)(Math.round((series[name] ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0)))

/** The last minute, by protocol. */
export function Rates() {
  const history = usePoll(useResource<History>(`/history?step=1&points=${MINUTE}`), EVERY_MS)
  return (
    <Card title="In the last minute">
      <Loaded of={history} lines={2}>
        {(points) => (
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Messages</th>
                <th scope="col" class="number">
                  taken in
                </th>
                <th scope="col" class="number">
                  handed out
                </th>
              </tr>
            </thead>
            <tbody>
              {lanes.map((lane) => (
                <tr key={lane}>
                  <th scope="row">{laneNames[lane]}</th>
                  <td class="number">{inMinute(points, `messages_in_${lane}`)}</td>
                  <td class="number">{inMinute(points, `messages_out_${lane}`)}</td>
                </tr>
              ))}
              <tr>
                <th scope="row">Refused, of both</th>
                <td class="number">{inMinute(points, "refusals")}</td>
                <td />
              </tr>
            </tbody>
          </table>
        )}
      </Loaded>
    </Card>
  )
}
