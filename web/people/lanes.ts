import type { Lane } from "../api/types.ts"

export const laneNames: Readonly<Record<Lane, string>> = { didcomm: "DIDComm", decentrl: "Decentrl" }
