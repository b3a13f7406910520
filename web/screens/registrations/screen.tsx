import { path } from "../../router.ts"
import { RegistrationDetail } from "./detail.tsx"
import { RegistrationList } from "./list.tsx"

export function Registrations() {
  const did = path.value[1]
  return did ? <RegistrationDetail key={did} did={did} /> : <RegistrationList />
}
