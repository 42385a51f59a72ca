// Runs before the first paint, so that no other theme is seen for a moment. theme/theme.ts does the rest.
{
  let chosen = null
  try {
    chosen = localStorage.getItem('gatehouse.theme')
  } catch {
    // Storage may be off; the system's theme it is.
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const more = matchMedia('(prefers-contrast: more)').matches
  const contrast = chosen === 'contrast' || ((chosen === null || chosen === 'system') && more)
  const base = chosen === 'light' || chosen === 'dark' ? chosen : dark ? 'dark' : 'light'
  document.documentElement.dataset.theme = contrast ? `contrast-${dark ? 'dark' : 'light'}` : base
}
