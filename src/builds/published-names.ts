/** Names under which products are published, where they are not the product's own. */
export const PUBLISHED_NAMES: Readonly<Record<string, string>> = {
  cbbr: 'db-cbbr',
  cdbg: 'db-cdbg',
  ceqr: 'db-ceqr',
  checkbook: 'db-checkbook',
  colp: 'db-colp',
  cpdb: 'db-cpdb',
  cscl: 'db-cscl',
  developments: 'db-developments',
  edde: 'db-eddt',
  facilities: 'db-facilities',
  factfinder: 'db-factfinder',
  knownprojects: 'db-kpdb',
  pluto: 'db-pluto',
  template: 'db-template',
  zoningtaxlots: 'db-zoningtaxlots',
};
