/** How what opens over the page looks: menus, lists of choices, popovers. */
export const popupLook =
  'max-h-(--available-height) max-w-(--available-width) overflow-auto rounded-card border border-line bg-raised p-1 text-md text-fg shadow-overlay outline-none'

export const itemLook =
  'flex min-h-7 items-center gap-2 rounded-control px-2 py-1 text-fg outline-none select-none data-disabled:text-fg-3 data-highlighted:bg-selected forced-colors:data-highlighted:outline'
