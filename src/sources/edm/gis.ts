import { LifecycleError } from '../../errors.ts';
import { keyOf } from '../arguments.ts';
import { Bucket } from '../s3/bucket.ts';
import type { ListingConnector, SourceArguments, SourceContext } from '../source.ts';
import { newestFirst, publishingBucket, versionOf } from './layout.ts';

const TYPE = 'edm.publishing.gis';
/** A release of the GIS team is a year and a letter (24A), or a day. */
const VERSION_FORMS = [/^\d{2}[A-Z]$/, /^\d{8}$/] as const;

/** A zipped shapefile or table that the GIS team publishes: `datasets/{name}/{VERSION}/{name}.zip`. */
export const connector: ListingConnector = {
  type: TYPE,

  async listVersions(args, context) {
    const { folders } = await new Bucket(publishingBucket(context), context).list(`datasets/${keyOf(args, TYPE)}`);
    return folders.filter((folder) => VERSION_FORMS.some((form) => form.test(folder)));
  },

  async latestVersion(args, context) {
    const name = keyOf(args, TYPE);
    const bucket = new Bucket(publishingBucket(context), context);
    const { folders } = await bucket.list(`datasets/${name}`);
    const byForm = VERSION_FORMS.map((form) => folders.filter((folder) => form.test(folder)));
    const versions = byForm.flat();
    if (versions.length === 0) {
      throw new LifecycleError('SRC_NOT_FOUND', `${bucket.address(`datasets/${name}`)}/ has no version`, {
        hint: folders.length > 0 ? `its folders: ${folders.slice(0, 10).join(', ')}` : 'check the name of the dataset',
      });
    }
    if (byForm.every((some) => some.length > 0)) {
      throw new LifecycleError(
        'SRC_ANSWER',
        `${name} has versions of two forms (${versions.join(', ')}), so none is the latest`,
        {
          hint: 'give the version that is wanted',
        },
      );
    }
    return newestFirst(versions)[0];
  },

  async fetch(args: SourceArguments, destination: string, context: SourceContext) {
    const name = keyOf(args, TYPE);
    const version = versionOf(context, TYPE).toUpperCase();
    const bucket = new Bucket(publishingBucket(context), context);
    return bucket.get(`datasets/${name}/${version}/${name}.zip`, destination, `${name}.zip`);
  },
};
