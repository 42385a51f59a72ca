import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenRecords } from '../open-records.js'
import { makeDirectory, openFixtureRecords, type FixtureDirectory } from './vault-fixture.js'

const origin = 'https://a.example'

describe('generations of a secret', () => {
  let fixture: FixtureDirectory
  let records: OpenRecords
  beforeEach(() => {
    fixture = makeDirectory()
    records = openFixtureRecords(fixture)
  })
  afterEach(() => {
    records.close()
    fixture.remove()
  })
  const put = (value: string, subject?: string): number =>
    records.write(() =>
      records.secrets.put({ name: 'token', value, ...(subject !== undefined && { subject }) }, [origin]),
    ).generation

  it('rise with each value that is put', () => {
    const generations = [put('first'), put('second'), put('third')]
    expect(generations).toEqual([...generations].sort((a, b) => a - b))
    expect(new Set(generations).size).toBe(3)
    expect(records.secrets.open('token', undefined, origin)).toMatchObject({
      outcome: 'value',
      value: 'third',
      generation: generations[2],
    })
  })

  it.each([undefined, 'ada'])('rise above those of a value that was removed, of subject %s', (subject) => {
    const [before, latest] = [put('first', subject), put('second', subject)]
    expect(latest).toBeGreaterThan(before)
    expect(records.write(() => records.secrets.remove('token', subject))).toBe(true)
    records.close()
    records = openFixtureRecords(fixture)
    expect(put('third', subject)).toBeGreaterThan(latest)
  })

  it('never come back after a write that was rolled back or a secret of another name', () => {
    const first = put('first')
    expect(() =>
      records.write(() => {
        records.secrets.put({ name: 'token', value: 'second' }, [origin])
        throw new Error('the transaction ends here')
      }),
    ).toThrow('the transaction ends here')
    expect(records.secrets.open('token', undefined, origin)).toMatchObject({ value: 'first', generation: first })
    const other = records.write(() => records.secrets.put({ name: 'other', value: 'third' }, [])).generation
    expect(other).toBeGreaterThan(first)
    expect(put('fourth')).toBeGreaterThan(other)
  })

  it('are told by what opening and listing give', () => {
    const generation = put('first')
    expect(records.secrets.list()).toMatchObject([{ name: 'token', generation }])
    expect(records.secrets.open('token', undefined, origin)).toMatchObject({ generation })
  })
})
