/**
 * The addresses of the page, below `#`. A screen's code is fetched when it is first opened. What a screen keeps in its
 * address (a filter, the chosen row) is checked here, as anybody can write an address.
 */
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { readHomeSearch } from '../screens/home/home-search.js'
import { readInspectorSearch } from '../screens/inspector/inspector-search.js'
import { readServersSearch } from '../screens/servers/servers-search.js'
import { readServerSearch } from '../screens/server/server-search.js'
import { readSetupSearch } from '../screens/setup/setup-search.js'
import { readAgentsSearch } from '../screens/agents/agents-search.js'
import { readProfilesSearch } from '../screens/profiles/profiles-search.js'
import { readVaultSearch } from '../screens/vault/vault-search.js'
import { readSettingsSearch } from '../screens/settings/settings-search.js'
import { readShieldSearch } from '../screens/shield/shield-search.js'
import { AppFrame } from './app-frame.js'
import { NotFound, ScreenFailed } from './dead-ends.js'

const root = createRootRoute({ component: AppFrame, notFoundComponent: NotFound, errorComponent: ScreenFailed })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readHomeSearch,
  component: lazyRouteComponent(() => import('../screens/home/home-screen.js'), 'HomeScreen'),
})
const servers = createRoute({
  getParentRoute: () => root,
  path: '/servers',
  validateSearch: readServersSearch,
  component: lazyRouteComponent(() => import('../screens/servers/servers-screen.js'), 'ServersScreen'),
})
const inspector = createRoute({
  getParentRoute: () => root,
  path: '/inspector',
  validateSearch: readInspectorSearch,
  component: lazyRouteComponent(() => import('../screens/inspector/inspector-screen.js'), 'InspectorScreen'),
})

const serverDetail = createRoute({
  getParentRoute: () => root,
  path: '/servers/$slug/$tab',
  validateSearch: readServerSearch,
  component: lazyRouteComponent(() => import('../screens/server/server-screen.js'), 'ServerScreen'),
})
const serverStart = createRoute({
  getParentRoute: () => root,
  path: '/servers/$slug',
  beforeLoad: ({ params: { slug } }) => {
    throw redirect({ to: '/servers/$slug/$tab', params: { slug, tab: 'overview' }, replace: true })
  },
})
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: readSetupSearch,
  component: lazyRouteComponent(() => import('../screens/setup/setup-screen.js'), 'SetupScreen'),
})

const agents = createRoute({
  getParentRoute: () => root,
  path: '/agents',
  validateSearch: readAgentsSearch,
  component: lazyRouteComponent(() => import('../screens/agents/agents-screen.js'), 'AgentsScreen'),
})
const vault = createRoute({
  getParentRoute: () => root,
  path: '/vault',
  validateSearch: readVaultSearch,
  component: lazyRouteComponent(() => import('../screens/vault/vault-screen.js'), 'VaultScreen'),
})
const profiles = createRoute({
  getParentRoute: () => root,
  path: '/profiles',
  validateSearch: readProfilesSearch,
  component: lazyRouteComponent(() => import('../screens/profiles/profiles-screen.js'), 'ProfilesScreen'),
})

const shield = createRoute({
  getParentRoute: () => root,
  path: '/shield',
  validateSearch: readShieldSearch,
  component: lazyRouteComponent(() => import('../screens/shield/shield-screen.js'), 'ShieldScreen'),
})
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import('../screens/settings/settings-screen.js'), 'SettingsScreen'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    servers,
    serverDetail,
    serverStart,
    setup,
    inspector,
    agents,
    vault,
    profiles,
    shield,
    settings,
  ]),
  history: createHashHistory(),
  defaultPreload: 'intent',
  defaultErrorComponent: ScreenFailed,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
