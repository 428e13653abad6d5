import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../../errors.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { fileTypeOf } from '../../project/vocabulary/file-types.ts';
import { connectorFor } from '../../sources/index.ts';
import { contentOf } from '../../sources/source.ts';
import { transferPolicy } from '../../sources/transfer/policy.ts';
import { deadlineOf } from '../../sources/transfer/retry.ts';
import { type Claim, withClaim } from '../../store/claim.ts';
import { type FetchedRecord, fetchClaim, fetchedFile, publishFetched } from '../../store/fetched.ts';
import type { StoreLayout } from '../../store/layout.ts';
import { withStaging } from '../../store/staging.ts';
import type { BuildContext } from '../build-options.ts';
import type { RemoteFile } from './remote-file.ts';
import type { SourceAccess } from './source-access.ts';
import type { StoredFile } from './stored-inputs.ts';

const BETWEEN_LOOKS_MS = 300;

/** The file of an input that an earlier plan fetched. */
export async function storedRemote(
  layout: StoreLayout,
  remote: RemoteFile,
  input: InputDataset,
): Promise<StoredFile | undefined> {
  const found = await fetchedFile(layout, remote.place, remote.request);
  if (!found) return undefined;
  const { file, absolute } = found;
  return {
    path: path.relative(layout.root, absolute).split(path.sep).join('/'),
    fact: file,
    fileType: input.file_type ?? fileTypeOf(file.path),
    rows: null,
    created: file.fetched,
    crs: null,
    geometryColumn: null,
    fetchedFrom: file.address,
  };
}

/**
 * Fetches the file of an input into the store. Where another plan is at the same version, it waits for that one.
 *
 * @param facts what the source says of the version, to be kept with the file
 * @throws InputProblem when the source does not give the file; LifecycleError STO_*
 */
export async function fetchInput(
  context: BuildContext,
  access: SourceAccess,
  remote: RemoteFile,
  input: InputDataset,
  facts: FetchedRecord['facts'],
): Promise<StoredFile> {
  const { layout, reporter, signal, settings } = context;
  // No transfer of another plan takes longer; one whose host is gone for good never ends.
  const deadline = deadlineOf(transferPolicy(settings.value('LIFECYCLE_TRANSFER')));
  for (let waiting = false; ; waiting = true) {
    const found = await storedRemote(layout, remote, input);
    if (found) return found;
    try {
      await withClaim(layout, fetchClaim(remote.place), async (claim) => {
        if (!(await storedRemote(layout, remote, input))) await transfer(context, claim, access, remote, facts);
      });
    } catch (error) {
      if (!(error instanceof LifecycleError) || error.code !== 'STO_BUSY') throw error;
      if (performance.now() > deadline) throw error;
      if (!waiting) reporter.log('info', `${error.message}; waiting for it`);
      await sleep(BETWEEN_LOOKS_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

async function transfer(
  context: BuildContext,
  claim: Claim,
  access: SourceAccess,
  { place, request, args }: RemoteFile,
  facts: FetchedRecord['facts'],
): Promise<void> {
  const { layout, reporter } = context;
  const { source, id, version } = place;
  const connector = await connectorFor(source);
  await reporter.step(`fetched ${id} ${version} from ${source}`, () =>
    withStaging(claim, `fetch-${id}`, async (staging) => {
      const dir = path.join(staging, 'file');
      await mkdir(dir);
      const fetched = await access.ask(source, 'no_files', () =>
        connector.fetch(args, dir, access.context('file', version)),
      );
      const { object, url } = fetched.facts;
      const fact = await contentOf(fetched);
      const address = [object, url].find((text) => typeof text === 'string') ?? source;
      const staged = { path: fetched.path, filename: fetched.filename, request, address, ...fact };
      await claim.assertHeld();
      await publishFetched(layout, place, { ...staged, fetched: new Date().toISOString() }, facts);
    }),
  );
}
