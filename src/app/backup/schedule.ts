const HOUR = 3_600_000
const units: Readonly<Record<string, number>> = { m: 60_000, h: HOUR, d: 24 * HOUR }

/**
 * When the next backup is due by `schedule` (backup.schedule): a time of day, as this machine reckons, or so long after
 * the last one. Epoch ms, in the past when one was missed; null for never. `since`: from when to count when there is none.
 */
export function nextBackup(schedule: string, last: number | null, since: number): number | null {
  const [, amount, unit = ""] = /^every (\d+)([mhd])$/.exec(schedule) ?? []
  if (amount !== undefined) return last === null ? since : last + Number(amount) * (units[unit] ?? HOUR)
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(schedule) ?? []
  if (hour === undefined) return null
  return timeOfDayAfter(last ?? since, Number(hour), Number(minute))
}

function timeOfDayAfter(at: number, hour: number, minute: number): number {
  const day = new Date(at)
  const due = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour, minute)
  if (due.getTime() <= at) due.setDate(due.getDate() + 1)
  return due.getTime()
}
