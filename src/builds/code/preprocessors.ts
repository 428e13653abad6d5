import path from 'node:path';
import type { LockedInput } from '../../store/builds/inputs-lock.ts';
import { hashText } from '../../store/files.ts';
import type { BuildContext } from '../build-options.ts';
import { wantsPreprocessing } from '../load/preprocess.ts';
import { hashOfFile } from './file-hash.ts';
import { readCodeLock, treeHash, withoutMade } from './identity.ts';
import { codeFolder, productFiles } from './product-files.ts';
import { pythonVersion } from './runtimes.ts';

/** A hash of the code that a load runs over its inputs: preprocessors and what they may import. Null where there is none. */
export async function preprocessorsHash(
  { settings, product }: BuildContext,
  partitionDir: string,
  inputs: readonly LockedInput[],
): Promise<string | null> {
  const modules = new Set(inputs.filter(wantsPreprocessing).map(({ preprocessor }) => preprocessor!.module));
  if (modules.size === 0) return null;
  const { files } = await productFiles(settings, codeFolder(settings, product));
  const made = (await readCodeLock(partitionDir))?.made ?? [];
  const own = withoutMade({ files: Object.fromEntries(files) }, made).files;
  // A module that is not in the product's folder is looked for in the project.
  const places = [...modules].flatMap((module) => {
    const place = path.join(settings.projectDir, ...module.split('.'));
    return [`${place}.py`, path.join(place, '__init__.py')];
  });
  const shared = await Promise.all(places.map(hashOfFile));
  return hashText(JSON.stringify([treeHash(own), shared, await pythonVersion(settings)]));
}
