/** ISO 3166-1 alpha-2, all 249 officially assigned codes (iso.org/obp, state of 2026-01). Names come from the platform (CLDR). */
const codes =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI ' +
  'CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ ' +
  'GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS ' +
  'LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG ' +
  'PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK ' +
  'TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'

export const countryCodes: readonly string[] = codes.split(' ')

export const isCountry = (code: string): boolean => countryCodes.includes(code)

/** DE → Deutschland, Germany. */
export const countryName = (code: string, language: string): string => {
  if (!isCountry(code)) return code
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const names = (namesIn[locale] ??= new Intl.DisplayNames([locale], { type: 'region' }))
  return names.of(code) ?? code
}
/** made once: making it costs many times what asking it does */
const namesIn: Partial<Record<string, Intl.DisplayNames>> = {}

/** For a choice: every country by its name in the reader's language, in that language's order. */
export const countries = (language: string): { code: string; name: string }[] => {
  const order = new Intl.Collator(language === 'de' ? 'de' : 'en')
  return countryCodes.map((code) => ({ code, name: countryName(code, language) })).sort((a, b) => order.compare(a.name, b.name))
}

/** Countries without postcodes (UPU, Universal POST*CODE database, 2025). */
const withoutPostcodes = new Set(
  (
    'AE AG AO AQ AW BJ BF BI BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM EH ER FJ GA GD GM GN GQ GY HK HM IE KI KM KN KP LY ML MO MR MW NR NU ' +
    'QA RW SB SC SL SO SR SS ST SX SY TD TF TG TK TL TO TV UG UM VU YE ZW'
  ).split(' '),
)

/** Forms of postcodes (CLDR 26 postalCodeData, UPU addressing sheets). A country that is missing gets the loose form. */
const postcodeForms: Record<string, RegExp> = {
  AD: /^AD\d{3}$/,
  AT: /^\d{4}$/,
  AU: /^\d{4}$/,
  BA: /^\d{5}$/,
  BE: /^\d{4}$/,
  BG: /^\d{4}$/,
  BR: /^\d{5}-?\d{3}$/,
  CA: /^[ABCEGHJKLMNPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d$/,
  CH: /^\d{4}$/,
  CN: /^\d{6}$/,
  CY: /^\d{4}$/,
  CZ: /^\d{3} ?\d{2}$/,
  DE: /^\d{5}$/,
  DK: /^\d{4}$/,
  EE: /^\d{5}$/,
  ES: /^\d{5}$/,
  FI: /^\d{5}$/,
  FR: /^\d{5}$/,
  GB: /^(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$/,
  GR: /^\d{3} ?\d{2}$/,
  HR: /^\d{5}$/,
  HU: /^\d{4}$/,
  IE: /^([A-Z]\d[\dW] ?[A-Z\d]{4})?$/,
  IL: /^\d{5}(\d{2})?$/,
  IN: /^\d{3} ?\d{3}$/,
  IS: /^\d{3}$/,
  IT: /^\d{5}$/,
  JP: /^\d{3}-?\d{4}$/,
  KR: /^\d{5}$/,
  LI: /^94(8[5-9]|9[0-8])$/,
  LT: /^(LT-)?\d{5}$/,
  LU: /^(L-)?\d{4}$/,
  LV: /^(LV-)?\d{4}$/,
  MC: /^980\d{2}$/,
  ME: /^8\d{4}$/,
  MK: /^\d{4}$/,
  MT: /^[A-Z]{3} ?\d{4}$/,
  MX: /^\d{5}$/,
  NL: /^[1-9]\d{3} ?[A-Z]{2}$/,
  NO: /^\d{4}$/,
  NZ: /^\d{4}$/,
  PL: /^\d{2}-\d{3}$/,
  PT: /^\d{4}-\d{3}$/,
  RO: /^\d{6}$/,
  RS: /^\d{5}$/,
  RU: /^\d{6}$/,
  SE: /^\d{3} ?\d{2}$/,
  SI: /^(SI-)?\d{4}$/,
  SK: /^\d{3} ?\d{2}$/,
  SM: /^4789\d$/,
  TR: /^\d{5}$/,
  UA: /^\d{5}$/,
  US: /^\d{5}(-\d{4})?$/,
  VA: /^00120$/,
  ZA: /^\d{4}$/,
}
const looseForm = /^[A-Z0-9][A-Z0-9 -]{0,14}$/

/** Whether a postcode has its country's form (KYC-07). Expects upper case, one space between parts. */
export const postcodeFits = (postcode: string, country: string): boolean =>
  postcode === '' ? withoutPostcodes.has(country) : (postcodeForms[country] ?? looseForm).test(postcode)
