import type { ComponentType } from "preact"
import type { IconName } from "./icons/icon.tsx"

export type Route = {
  /** The first part of the path. */
  readonly path: string
  readonly title: string
  readonly icon: IconName
  /** What it is called in the bar at the bottom of a phone; the others are behind "More". */
  readonly short?: string
  /** Begins a new group in the rail. */
  readonly isApart?: true
  readonly load: () => Promise<ComponentType>
}

/** Every screen, in the order of the rail. */
export const routes: readonly Route[] = [
  {
    path: "",
    title: "Home",
    short: "Home",
    icon: "home",
    load: () => import("./screens/home/screen.tsx").then((module) => module.Home),
  },
  {
    path: "registrations",
    title: "Registrations",
    short: "Members",
    icon: "people",
    load: () => import("./screens/registrations/screen.tsx").then((module) => module.Registrations),
  },
  {
    path: "access",
    title: "Invites & access",
    short: "Access",
    icon: "invite",
    load: () => import("./screens/access/screen.tsx").then((module) => module.Access),
  },
  {
    path: "queues",
    title: "Queues & connections",
    short: "Queues",
    icon: "queue",
    load: () => import("./screens/queues/screen.tsx").then((module) => module.Queues),
  },
  {
    path: "traffic",
    title: "Traffic & limits",
    icon: "traffic",
    load: () => import("./screens/traffic/screen.tsx").then((module) => module.Traffic),
  },
  {
    path: "identity",
    title: "Identity",
    icon: "key",
    isApart: true,
    load: () => import("./screens/identity/screen.tsx").then((module) => module.Identity),
  },
  {
    path: "storage",
    title: "Storage & backups",
    icon: "disk",
    load: () => import("./screens/storage/screen.tsx").then((module) => module.Storage),
  },
  {
    path: "doctor",
    title: "Doctor",
    icon: "doctor",
    load: () => import("./screens/doctor/screen.tsx").then((module) => module.Doctor),
  },
  {
    path: "audit",
    title: "Audit",
    icon: "audit",
    load: () => import("./screens/audit/screen.tsx").then((module) => module.Audit),
  },
  {
    path: "settings",
    title: "Settings",
    icon: "settings",
    isApart: true,
    load: () => import("./screens/settings/screen.tsx").then((module) => module.Settings),
  },
  {
    path: "admins",
    title: "Admins & tokens",
    icon: "admin",
    load: () => import("./screens/admins/screen.tsx").then((module) => module.AdminsAndTokens),
  },
  {
    path: "about",
    title: "About",
    icon: "about",
    load: () => import("./screens/about.tsx").then((module) => module.About),
  },
]

/** The steps after the first admin was made; not in the rail. */
export const welcome: Route = {
  path: "welcome",
  title: "Welcome",
  icon: "home",
  load: () => import("./screens/setup/steps.tsx").then((module) => module.Steps),
}
