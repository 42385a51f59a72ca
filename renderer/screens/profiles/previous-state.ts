/** What would take an import back. */
import { api, type ApplyProfileResponse } from '../../client/api.js'
import { readProfileYaml } from '../../features/profiles/profile-file.js'

/**
 * The profile's file as it is before the import. Where there is none of its name, one without content, but only if the
 * import merely adds: what it takes from other profiles would not come back to them.
 *
 * @returns undefined where applying something would not bring back what was
 */
export async function previousState({ name, changes }: ApplyProfileResponse): Promise<string | undefined> {
  const { data } = await api.listProfiles({ throwOnError: true })
  if (data.items.some((profile) => profile.name === name)) return readProfileYaml(name)
  return isAddition(changes) ? `gatehouse: 1\nname: ${name}\n` : undefined
}

function isAddition(changes: ApplyProfileResponse['changes']): boolean {
  return changes.every(({ change, kind }) => change === 'added' || kind === 'profile')
}
