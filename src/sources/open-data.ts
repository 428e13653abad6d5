import { connector as socrata } from './socrata.ts';
import type { SourceArguments, SourceConnector } from './source.ts';

/** NYC Open Data, which is the city's Socrata portal. */
export const connector: SourceConnector = {
  type: 'open_data',
  latestVersion: async (args, context) => socrata.latestVersion?.(asSocrata(args), context),
  fetch: (args, destination, context) => socrata.fetch(asSocrata(args), destination, context),
};

function asSocrata(args: SourceArguments): SourceArguments {
  return { ...args, org: args.org ?? 'nyc', format: args.format ?? 'csv' };
}
