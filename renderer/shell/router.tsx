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
} from '@tanstack/react-router'
import { readInspectorSearch } from '../screens/inspector/inspector-search.js'
import { readServersSearch } from '../screens/servers/servers-search.js'
import { AppFrame } from './app-frame.js'
import { NotFound, ScreenFailed } from './dead-ends.js'

const root = createRootRoute({ component: AppFrame, notFoundComponent: NotFound, errorComponent: ScreenFailed })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
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

export const router = createRouter({
  routeTree: root.addChildren([home, servers, inspector]),
  history: createHashHistory(),
  defaultPreload: 'intent',
  defaultErrorComponent: ScreenFailed,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
