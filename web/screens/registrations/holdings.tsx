import type { AccountDetail } from "../../api/types.ts"
import { Button } from "../../kit/button.tsx"
import { DidName } from "../../kit/did-name.tsx"
import { counted, exactTime } from "../../kit/format.ts"
import { Card } from "../../kit/page.tsx"
import { laneNames } from "../../people/lanes.ts"
import { release } from "../../people/work.tsx"

/** The DIDs under which somebody gets mail. */
export const Addresses = ({ of: { did: owner, addressList } }: { of: AccountDetail }) => (
  <Card title="Addresses" lead={addressList.length === 0 ? "None yet." : "Mail for these DIDs ends up here."}>
    <ul class="rows">
      {addressList.map(({ did, lane }) => (
        <li key={`${lane} ${did}`}>
          <DidName did={did} />
          <span class="soft">{laneNames[lane]}</span>
          <Button tone="quiet" onClick={() => release(owner, did)}>
            Release
          </Button>
        </li>
      ))}
    </ul>
  </Card>
)

/** With whom a Decentrl identity has agreed to speak. */
export const Contracts = ({ of: { did: owner, contracts } }: { of: AccountDetail }) =>
  contracts.length > 0 ? (
    <Card title="Contracts" lead={`${counted(contracts.length, "contract")} with others.`}>
      <ul class="rows">
        {contracts.map(({ id, parties, expiresAt }) => (
          <li key={id}>
            <DidName did={parties.find((one) => one !== owner) ?? owner} />
            <span class="soft">until {exactTime(expiresAt)}</span>
          </li>
        ))}
      </ul>
    </Card>
  ) : null
