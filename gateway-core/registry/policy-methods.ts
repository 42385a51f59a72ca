/** The registry's methods on Shield's policies. A person's own stand beside those that profiles bring. */
import { GatewayError } from '../contract/errors.js'
import { slugPattern } from '../contract/profile.js'
import type { Profile } from '../contract/profile.js'
import { profileInvalid } from '../profiles/profile-invalid.js'
import type { ReadProfile } from '../profiles/read-profile.js'
import type { Configuration, Vault } from '../vault/vault.js'
import type { CheckPolicies, Registry, RegisteredPolicy } from './registry.js'
import type { RegistryStore } from './registry-store.js'

const maxPolicies = 256
/** Addresses of the control API beside those of policies. */
const reservedNames: ReadonlySet<string> = new Set(['starters', 'backtest'])

interface PolicyParts {
  readonly vault: Vault
  readonly store: RegistryStore
  readonly checkPolicies: CheckPolicies
  now(): string
}

type PolicyMethod = 'listPolicies' | 'getPolicy' | 'putPolicy' | 'removePolicy'

export function policyMethods({ vault, store, checkPolicies, now }: PolicyParts): Pick<Registry, PolicyMethod> {
  const find = (name: string): RegisteredPolicy => {
    const found = policiesOf(store.current().configuration).find((policy) => policy.name === name)
    if (found === undefined) throw unknownPolicy(name)
    return found
  }
  return {
    listPolicies: () => policiesOf(store.current().configuration),
    getPolicy: find,
    async putPolicy(name, text) {
      if (!slugPattern.test(name) || reservedNames.has(name))
        throw new GatewayError('invalid_input', {
          errors: [
            { path: 'name', message: 'expected 1 to 64 of a-z, 0-9 and "-", and neither starters nor backtest' },
          ],
          detail: 'The name of a policy is 1 to 64 of a-z, 0-9 and "-".',
        })
      const problems = await checkPolicies([{ name, text }])
      if (problems.length > 0)
        throw new GatewayError('invalid_input', {
          detail: problems.map(({ line, message }) => `line ${line}: ${message}`).join('; '),
          errors: problems.map(({ line, message }) => ({ path: 'text', line, message })),
        })
      await store.write(async ({ configuration }) => {
        refuseProfilesPolicy(configuration, name)
        const others = configuration.policies.filter((policy) => policy.name !== name)
        if (others.length >= maxPolicies)
          throw new GatewayError('conflict', {
            detail: `There are ${maxPolicies} policies already.`,
            fix: 'Remove one.',
          })
        await vault.configuration.change({ putPolicies: [{ name, text, updatedAt: now() }] })
      })
      return find(name)
    },
    removePolicy: (name) =>
      store.write(async ({ configuration }) => {
        refuseProfilesPolicy(configuration, name)
        if (!configuration.policies.some((policy) => policy.name === name)) throw unknownPolicy(name)
        await vault.configuration.change({ removePolicies: [name] })
      }),
  }
}

/** A person's own first, then those of profiles, each by name. */
function policiesOf({ policies, profiles }: Configuration): readonly RegisteredPolicy[] {
  return [
    ...policies,
    ...profiles.flatMap(({ name: profile, settings, updatedAt }) =>
      (settings.shield?.policies ?? []).flatMap((policy) =>
        typeof policy === 'string' ? [] : [{ ...policy, profile, updatedAt }],
      ),
    ),
  ]
}

function refuseProfilesPolicy(configuration: Configuration, name: string): void {
  if (configuration.policies.some((policy) => policy.name === name)) return
  const owner = policiesOf(configuration).find((policy) => policy.name === name)?.profile
  if (owner !== undefined)
    throw new GatewayError('conflict', {
      detail: `The policy ${name} belongs to the profile ${owner}.`,
      fix: 'Change it in the profile’s file and apply that, or choose another name.',
    })
}

function unknownPolicy(name: string): GatewayError {
  return new GatewayError('not_found', {
    detail: `No policy has the name ${JSON.stringify(name.slice(0, 64))}.`,
    fix: 'Run `gatehouse policies list` for the names that there are.',
  })
}

/** @throws GatewayError `profile_invalid` where the policies of a profile are not right */
export async function checkProfilePolicies(read: ReadProfile, checkPolicies: CheckPolicies): Promise<void> {
  const policies = inlinePolicies(read.profile)
  if (policies.length === 0) return
  const problems = await checkPolicies(policies)
  if (problems.length === 0) return
  throw profileInvalid(
    problems.map(({ policy, line, message }) => {
      const index = policies.findIndex(({ name }) => name === policy)
      return {
        ...read.locate(`shield.policies[${index}]`),
        message: `the policy ${policy} is wrong in its line ${line}: ${message}`,
      }
    }),
  )
}

function inlinePolicies({ shield }: Profile): readonly { readonly name: string; readonly text: string }[] {
  return (shield?.policies ?? []).flatMap((policy) => (typeof policy === 'string' ? [] : [policy]))
}
