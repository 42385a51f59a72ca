import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ChooseServer } from '../../features/first-run/choose-server.js'
import { TryServer } from '../../features/first-run/try-server.js'

const route = getRouteApi('/')

/** From nothing to the first call. @param slug of the server that was chosen */
export function FirstRun({ slug }: { readonly slug: string | undefined }) {
  const setSearch = route.useNavigate()
  const navigate = useNavigate()
  if (slug === undefined) return <ChooseServer onAdded={(first) => void setSearch({ search: { first } })} />
  return (
    <TryServer
      key={slug}
      slug={slug}
      onBack={() => void setSearch({ search: { first: '' } })}
      onHome={() => void setSearch({ search: {} })}
      onOpenServer={(selected) => void navigate({ to: '/servers', search: { selected } })}
    />
  )
}
