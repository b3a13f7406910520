import { path } from "../../router.ts"
import { AccessPage } from "./access.tsx"
import { InviteDetail } from "./invite.tsx"

export function Access() {
  const id = path.value[1]
  return id ? <InviteDetail key={id} id={id} /> : <AccessPage />
}
