import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { programVersion } from '../../settings/settings.ts';
import type { InputsLock } from '../../store/builds/inputs-lock.ts';
import { type Partition, STAGES } from '../../store/builds/partition.ts';
import type { BuildRecord } from '../../store/builds/record.ts';
import { type FileFact, formatJson, hashText } from '../../store/files.ts';
import { RECORD_FILE } from '../../store/layout.ts';
import type { BuildContext } from '../build-options.ts';
import { readCodeLock } from '../code/identity.ts';
import type { BuildFacts } from '../commands/stage.ts';

const PACKAGE_FOLDER = 'package';
const CONTENTS_FILE = 'contents.json';

interface PackageFacts {
  outputs: FileFact[];
}

export function packageFingerprint(partition: Partition): string {
  const facts = partition.stages.build?.facts as BuildFacts | undefined;
  return hashText(JSON.stringify(facts?.outputs ?? []));
}

/**
 * Runs the stage, a stub for now: it lists what would be packaged, with hashes, packages nothing and distributes
 * nothing, and writes the partition's record.
 */
export async function runPackage(
  context: BuildContext,
  lock: InputsLock,
  partition: Partition,
  dir: string,
): Promise<PackageFacts> {
  const { product, key } = context;
  const outputs = (partition.stages.build?.facts as BuildFacts | undefined)?.outputs ?? [];
  const contents = {
    format: 1,
    packaged: false,
    note: 'packaging is not built yet; this is what a package of the build would hold',
    product: product.id,
    partition_key: key,
    version: lock.version,
    files: outputs,
  };
  const target = path.join(dir, PACKAGE_FOLDER);
  await mkdir(target, { recursive: true });
  await writeFile(path.join(target, CONTENTS_FILE), formatJson(contents));
  context.reporter.log('info', `packaging is a stub: ${outputs.length} files would be packaged`);

  const done = STAGES.flatMap((stage) => partition.stages[stage]?.files ?? []);
  const code = await readCodeLock(partition.dir);
  const record: BuildRecord = {
    format: 1,
    product: product.id,
    partition_key: key,
    version: lock.version,
    created: new Date().toISOString(),
    inputs: lock.inputs.map(({ id, version, sha256, rows }) => ({ id, version, sha256, rows })),
    ...(code && { code: { tree: code.tree, commit: code.commit, dirty: code.dirty } }),
    made_with: { lifecycle: programVersion() },
    outputs,
    files: done.filter((file) => !file.path.startsWith('output/')),
    timings: Object.fromEntries(STAGES.flatMap((stage) => [[stage, partition.stages[stage]?.seconds ?? 0]])),
  };
  await writeFile(path.join(dir, RECORD_FILE), formatJson(record));
  return { outputs };
}
