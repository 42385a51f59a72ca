/** Headers that are sent in addition: six recipes, in an order, each with its fields. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../../components/button.js'
import { Menu } from '../../components/menu.js'
import { showToast } from '../../components/toast.js'
import { AuthCard } from './auth-card.js'
import { AuthFieldList } from './auth-field-list.js'
import { blankHeader, recipeFields, recipeTypes, type Bag } from './auth-fields.js'
import type { OutboundHeaderConfig } from './effective-auth.js'
import type { FieldError, ServerDraft } from './server-draft.js'

const none: readonly OutboundHeaderConfig[] = []

/** @param errors of the schema, and of the gateway where two rules claim one header */
export function HeaderRecipes({
  draft,
  errors,
}: {
  readonly draft: ServerDraft
  readonly errors: readonly FieldError[]
}) {
  const { t } = useTranslation()
  const headers = draft.config.outbound_headers ?? none
  const set = (next: readonly OutboundHeaderConfig[], field?: string): void =>
    draft.set('outbound_headers', next.length === 0 ? undefined : [...next], field)
  return (
    <AuthCard
      number={3}
      path="outbound_headers"
      title={t('detail.auth.headers')}
      question={t('detail.auth.headersQuestion')}
      {...(headers.length === 0 && { answer: t('detail.recipe.none') })}
    >
      {headers.map((header, index) => (
        <HeaderRecipe
          // By its place: a name is typed, and there may be two of one name for a moment.
          key={index}
          header={header}
          index={index}
          count={headers.length}
          errors={errors}
          slug={draft.slug}
          onChange={(next, field) => set(headers.with(index, next), field)}
          onMove={(to) => set(moved(headers, index, to))}
          onRemove={() => {
            set(headers.toSpliced(index, 1))
            showToast({
              title: t('detail.recipe.removed', { name: header.header || t('detail.recipe.unnamed') }),
              undo: draft.undoLater(),
            })
          }}
        />
      ))}
      <div>
        <Menu
          trigger={<Button icon={<Plus size={14} aria-hidden />}>{t('detail.recipe.add')}</Button>}
          entries={recipeTypes.map((type) => ({
            label: t(`detail.recipe.${type}.name`),
            text: `${t(`detail.recipe.${type}.when`)} → ${t(`detail.recipe.${type}.sample`)}`,
            onSelect: () => set([...headers, blankHeader(type)]),
          }))}
        />
      </div>
    </AuthCard>
  )
}

function moved(headers: readonly OutboundHeaderConfig[], from: number, to: number): readonly OutboundHeaderConfig[] {
  const header = headers[from]
  return header === undefined ? headers : headers.toSpliced(from, 1).toSpliced(to, 0, header)
}

interface HeaderRecipeProps {
  readonly header: OutboundHeaderConfig
  readonly index: number
  readonly count: number
  readonly errors: readonly FieldError[]
  readonly slug: string
  readonly onChange: (header: OutboundHeaderConfig, field: string) => void
  readonly onMove: (to: number) => void
  readonly onRemove: () => void
}

function HeaderRecipe({ header, index, count, errors, slug, onChange, onMove, onRemove }: HeaderRecipeProps) {
  const { t } = useTranslation()
  const name = header.header === '' ? t('detail.recipe.unnamed') : header.header
  const path = `outbound_headers[${index}]`
  const own = errors.filter((error) => error.path === path)
  return (
    <div
      role="group"
      aria-label={t('detail.recipe.of', { name })}
      data-path={path}
      className="grid gap-3 rounded-card border border-line bg-bg p-3"
    >
      <header className="flex items-center gap-1">
        <h3 className="min-w-0 grow font-medium">{t(`detail.recipe.${header.type}.name`)}</h3>
        <IconButton label={t('detail.recipe.up', { name })} disabled={index === 0} onClick={() => onMove(index - 1)}>
          <ArrowUp size={16} aria-hidden />
        </IconButton>
        <IconButton
          label={t('detail.recipe.down', { name })}
          disabled={index === count - 1}
          onClick={() => onMove(index + 1)}
        >
          <ArrowDown size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('detail.recipe.remove', { name })} onClick={onRemove}>
          <Trash2 size={16} aria-hidden />
        </IconButton>
      </header>
      <AuthFieldList
        fields={recipeFields[header.type]}
        value={header as unknown as Bag}
        onChange={(next, field) => onChange(next as unknown as OutboundHeaderConfig, field)}
        path={path}
        errors={[...errors, ...own.map(({ message }) => ({ path: `${path}.header`, message }))]}
        secretStem={`${slug}-${header.header.toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'header'}`}
      />
    </div>
  )
}
