/** Products whose folders in the department's bucket are called otherwise than in recipes: all but one by a prefix. */
const PREFIXED = [
  ...['cbbr', 'cdbg', 'ceqr', 'checkbook', 'colp', 'community-profiles', 'cpdb', 'cscl', 'developments', 'facilities'],
  ...['factfinder', 'green-fast-track', 'gru-qaqc', 'lion', 'pluto', 'template', 'zap', 'zoningtaxlots'],
];
const PUBLISHED_NAMES = new Map([...PREFIXED.map((name) => [name, `db-${name}`] as const), ['edde', 'db-eddt']]);

/** The name that a product is published under. */
export function publishedName(product: string): string {
  return PUBLISHED_NAMES.get(product) ?? product;
}

/** The product that is published under a name, where the two differ. */
export function productPublishedAs(name: string): string | undefined {
  return [...PUBLISHED_NAMES].find(([, published]) => published === name)?.[0];
}
