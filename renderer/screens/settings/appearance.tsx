import { useTranslation } from 'react-i18next'
import { RadioCards, Switch } from '../../components/choice.js'
import { desktop } from '../../desktop/desktop.js'
import { setDensity, setLessMotion, useDensity, useLessMotion } from '../../theme/density.js'
import { setTheme, themeChoices, useTheme, type ThemeChoice } from '../../theme/theme.js'

export function Appearance() {
  const { t } = useTranslation()
  const density = useDensity()
  return (
    <>
      <RadioCards
        label={t('settings.appearance.theme')}
        value={useTheme()}
        onChange={chooseTheme}
        cards={themeChoices.map((choice) => ({
          value: choice,
          title: t(`settings.appearance.${choice}`),
          ...(choice === 'system' && { text: t('settings.appearance.systemText') }),
        }))}
      />
      <RadioCards
        label={t('settings.appearance.density')}
        value={density}
        onChange={setDensity}
        cards={(['dense', 'comfortable'] as const).map((choice) => ({
          value: choice,
          title: t(`settings.appearance.${choice}`),
          text: t(`settings.appearance.${choice}Text`),
        }))}
      />
      <Switch
        label={t('settings.appearance.motion')}
        hint={t('settings.appearance.motionText')}
        checked={useLessMotion()}
        onChange={setLessMotion}
      />
    </>
  )
}

/** The window's own frame follows where there is one. */
function chooseTheme(choice: ThemeChoice): void {
  setTheme(choice)
  desktop?.setPreferences({ theme: choice === 'contrast' ? 'system' : choice }).catch(() => undefined)
}
