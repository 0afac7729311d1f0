import { afterAll, test } from '@jest/globals'
import { closeBrowser } from './browser'
import { Person, type Circumstances } from './person'

/** Who comes into a journey: each with a browser of their own. */
export type Casting = (circumstances: Circumstances) => Promise<Person>

afterAll(closeBrowser)

/**
 * A journey through the house, named as the fact it proves. Afterwards nobody may have met a script error, a dialog, or a violation of the
 * content policy; when something fails, what everybody saw at that moment is told and kept as a picture.
 */
export const journey = (fact: string, play: (someone: Casting) => Promise<void>): void =>
  test(fact, async () => {
    const people: Person[] = []
    const someone: Casting = async (circumstances) => {
      const person = await Person.comes(circumstances)
      people.push(person)
      return person
    }
    try {
      await play(someone)
      for (const person of people) person.mustHaveMetNothingStrange()
    } catch (error) {
      const told = (await Promise.all(people.map((person) => person.tells()))).join('\n\n')
      if (error instanceof Error) error.stack = `${error.stack ?? error.message}\n\n${told}`
      throw error
    } finally {
      await Promise.all(people.map((person) => person.leaves()))
    }
  })
