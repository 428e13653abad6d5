import { SOURCES } from '../project/vocabulary/sources.ts';
import { connector as socrata } from './socrata.ts';
import type { SourceArguments, TellingConnector } from './source.ts';

/** NYC Open Data, which is the city's Socrata portal. */
export const connector: TellingConnector = {
  type: 'open_data',
  latestVersion: async (args, context) => socrata.latestVersion(asSocrata(args), context),
  fetch: (args, destination, context) => socrata.fetch(asSocrata(args), destination, context),
};

function asSocrata(args: SourceArguments): SourceArguments {
  const { org, format } = SOURCES.open_data.arguments;
  return { ...args, org: args.org ?? org.otherwise, format: args.format ?? format.otherwise };
}
