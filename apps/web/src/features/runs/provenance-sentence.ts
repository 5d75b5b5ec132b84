const words: Readonly<Record<string, string>> = {
  used: 'used',
  wasGeneratedBy: 'was made by',
  wasInformedBy: 'follows from',
  wasAssociatedWith: 'was carried out by',
  wasAttributedTo: 'is attributed to',
  wasDerivedFrom: 'was derived from',
  actedOnBehalfOf: 'acted for',
  wasStartedBy: 'was started by',
  wasEndedBy: 'was ended by',
  wasInvalidatedBy: 'was taken back by',
  wasInfluencedBy: 'was influenced by',
  hadMember: 'holds',
  specializationOf: 'is a version of',
  alternateOf: 'is another form of',
}

/** A relation of W3C PROV in words; one without words as it is called. */
export function provenanceSentence(type: string): string {
  return words[type] ?? type
}
