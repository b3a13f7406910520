/** Line drawings on a grid of 24, in the colour of the text. */
const drawings = {
  home: "M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5.5h-5V20H5a1 1 0 0 1-1-1z",
  people:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.4-3.6 2.9-5.5 6.5-5.5s6.1 1.9 6.5 5.5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.9c2 .7 3.2 2.4 3.5 5.1",
  invite: "M4 8.5V18a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 18V8.5M3.5 8.5 12 14l8.5-5.5L12 3.5z",
  queue: "M4 6.5h16M4 12h16M4 17.5h10",
  traffic: "M7 20V9M7 9 3.5 12.5M7 9l3.5 3.5M17 4v11m0 0-3.5-3.5M17 15l3.5-3.5",
  key: "M8 19.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM11.3 11.8 20 3.5M16 7.5l3 3M13.2 10.2l1.8 1.8",
  disk: "M12 9c4.4 0 8-1.3 8-3s-3.6-3-8-3-8 1.3-8 3 3.6 3 8 3zM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
  doctor: "M3 12h4l2.5-6.5 4.5 13L17 12h4",
  audit: "M6 3.5h9l4 4V20a.5.5 0 0 1-.5.5H6a.5.5 0 0 1-.5-.5V4a.5.5 0 0 1 .5-.5zM9 11.5h6M9 15.5h6M14.5 3.5V8H19",
  settings:
    "M4 7h9m4 0h3M4 17h3m4 0h9M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  admin: "M12 3.5 19 6v5.5c0 4.3-2.8 7.4-7 9-4.2-1.6-7-4.7-7-9V6zM9 12l2.2 2.2L15.2 10",
  about: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.6v.1",
  more: "M5.5 12h.1M12 12h.1M18.5 12h.1",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.4 15.4 20.5 20.5",
  copy: "M9 9h10.5v11.5H9zM15 9V3.5H4.5V15H9",
  check: "m4.5 12.5 5 5 10-11",
  cross: "m6 6 12 12M18 6 6 18",
  down: "M12 4v12m0 0-5-5m5 5 5-5M4.5 20.5h15",
  next: "m9 5 7 7-7 7",
  back: "m15 5-7 7 7 7",
  pause: "M8 5v14M16 5v14",
  play: "M7.5 5v14l11-7z",
  edit: "m4 20 1-4.5L16.5 4l3.5 3.5L8.5 19z",
  trash: "M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
  refresh: "M20 5v5h-5M4 19v-5h5M19.2 10A7.5 7.5 0 0 0 6 7.2L4 9M4.8 14A7.5 7.5 0 0 0 18 16.8L20 15",
  out: "M14 4H5v16h9M10.5 12H21m0 0-4-4m4 4-4 4",
  alert: "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.1",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  plus: "M12 5v14M5 12h14",
  plot: "M4 4v16h16M7.5 15.5l4-5 3 3 5-6.5",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9",
  test: "M4 5.5l16 6.5-16 6.5 2.5-6.5zM6.5 12H13",
  print: "M7 8.5V4h10v4.5M7 16.5H4v-8h16v8h-3M7 13.5h10V20H7z",
  share: "M12 15V4m0 0-4 4m4-4 4 4M5 12.5V20h14v-7.5",
} as const

export type IconName = keyof typeof drawings

/** A drawing beside words, which say what it means. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={drawings[name]} />
  </svg>
)
