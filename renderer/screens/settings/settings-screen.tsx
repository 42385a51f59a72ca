/** How the page looks and is used, and how the gateway keeps what it knows. */
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.js'
import { desktop } from '../../desktop/desktop.js'
import { About } from './about.js'
import { Appearance } from './appearance.js'
import { DataRetention } from './data-retention.js'
import { DesktopSettings } from './desktop-settings.js'
import { Keyboard } from './keyboard.js'
import { Network } from './network.js'
import { Security } from './security.js'
import { settingsSections, type SettingsSection } from './settings-search.js'

const route = getRouteApi('/settings')

const contents: Readonly<Record<SettingsSection, () => ReactNode>> = {
  appearance: () => <Appearance />,
  keyboard: () => <Keyboard />,
  security: () => <Security />,
  network: () => <Network />,
  data: () => <DataRetention />,
  desktop: () => <DesktopSettings />,
  about: () => <About />,
}

export function SettingsScreen() {
  const { t } = useTranslation()
  const { section = 'appearance' } = route.useSearch()
  const sections = settingsSections.filter((one) => one !== 'desktop' || desktop !== undefined)
  return (
    <>
      <PageHeader title={t('settings.title')} />
      <div className="flex min-h-0 flex-1">
        <nav
          aria-label={t('settings.sections')}
          className="w-44 shrink-0 overflow-auto border-e border-line bg-panel p-2"
        >
          {sections.map((one) => (
            <Link
              key={one}
              to="/settings"
              search={{ section: one }}
              replace
              aria-current={one === section ? 'page' : undefined}
              className="flex min-h-7 items-center rounded-control px-2 -outline-offset-2 hover:bg-hover aria-[current=page]:bg-selected aria-[current=page]:font-medium"
            >
              {t(`settings.section.${one}`)}
            </Link>
          ))}
        </nav>
        <section aria-labelledby="settings-section" className="min-w-0 flex-1 overflow-auto p-4 min-[1100px]:p-6">
          <div className="grid max-w-2xl grid-cols-1 gap-6">
            <h2 id="settings-section" className="text-lg">
              {t(`settings.section.${section}`)}
            </h2>
            {contents[section]()}
          </div>
        </section>
      </div>
    </>
  )
}
