import { en as accountAuth } from './account-auth.en'
import { en as account } from './account.en'
import { en as bank } from './bank.en'
import { en as billing } from './billing.en'
import { en as books } from './books.en'
import { en as collections } from './collections.en'
import { en as countries } from './countries.en'
import { en as desk } from './desk.en'
import { en as documents } from './documents.en'
import { en as dunning } from './dunning.en'
import { en as paying } from './paying.en'
import { en as sandbox } from './sandbox.en'
import { en as services } from './services.en'
import { en as shell } from './shell.en'
import { en as shop } from './shop.en'
import { learn } from './texts'

learn('en', {
  ...shell,
  ...shop,
  ...accountAuth,
  ...account,
  ...desk,
  ...documents,
  ...billing,
  ...dunning,
  ...books,
  ...services,
  ...bank,
  ...collections,
  ...paying,
  ...countries,
  ...sandbox,
})
