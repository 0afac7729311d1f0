/**
 * Letters beyond a-z that the registries take in names, from the tables they publish (prisma/seed/SOURCES.md). Where a registry takes
 * whole scripts, the Latin letters of Europe stand for them: what is missing is refused here, never at the registry.
 */

/** Latin-1 Supplement and Latin Extended-A, small letters, without ß. */
const latin = 'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž'

export const letters = {
  none: '',
  latin,
  /** DENIC: 93 letters, ß among them */
  de: 'áàăâåäãąāćĉčċçďđéèĕêěëėęēğĝġģĥħíìĭîïĩįīıĵķĺľļłńňñņŋóòŏôöőõøōœĸŕřŗśŝšşßťţŧúùŭûůüűũųūŵýŷÿźžżðþæ',
  /** nic.at: 34 letters */
  at: 'áàâãäåæçéèêëðíìîïñóòôõöøœšþúùûüýÿž',
  /** SWITCH: 32 letters */
  ch: 'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿœ',
  /** AFNIC: 30 letters */
  fr: 'ßàáâãäåæçèéêëìíîïñòóôõöùúûüýÿœ',
  /** Registro .it */
  it: 'àâäèéêëìîïòôöùûüæœçÿß',
  /** Red.es */
  es: 'áàéèíïóòúüñç',
  /** Punktum dk */
  dk: 'æøåöäüé',
  /** Internetstiftelsen */
  se: 'åäöéüæøáàâãčçđêëèíîïñŋóòôõšŧúùûýžð',
  /** DNS Belgium */
  be: 'ßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿœ',
  /** NASK: Polish and German */
  pl: 'ąćęłńóśźżäöüß',
  /** Public Interest Registry and others: German, Danish, Spanish, Hungarian, Icelandic, Latvian, Lithuanian, Polish, Swedish */
  european: 'áäåæāąčćďéęēėģíīįķļłńņñóöøőõśšşúüūųůűýþðźżž',
  /** GoDaddy Registry for .co: Spanish, Danish, Finnish, Icelandic, Norwegian, Swedish */
  co: 'áäåæéíñóöøúüýðþ',
} as const
