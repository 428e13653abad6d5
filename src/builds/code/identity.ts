import { createHmac } from 'node:crypto';
import path from 'node:path';
import { MASK } from '../../masking/names.ts';
import { hashText } from '../../store/files.ts';
import { readRecordFile } from '../../store/record-file.ts';
import { each, fields, list, orNull, text, truth } from '../../store/record-shape.ts';
import type { BuildContext } from '../build-options.ts';
import { type BuildCommand, commandsOf } from '../commands/commands.ts';
import { BUILD_STAGE } from '../commands/environment.ts';
import type { LockedBuild } from '../lock/locked-build.ts';
import { hashOfFile } from './file-hash.ts';
import { checkout } from './git.ts';
import { codeFolder, type ProductFiles, productFiles } from './product-files.ts';
import { nodeVersion, pythonVersion } from './runtimes.ts';

export const CODE_LOCK = 'code.lock.json';

/** What a build was made by, beside its inputs. */
export interface CodeIdentity {
  /** Mode and content of each of the product's files, by path. */
  files: Record<string, string>;
  /** Hashes of the commands by name, in their order. */
  commands: [name: string, hash: string][];
  /** Hashes of the variables that products.yml and the recipe name. Null where a masked one cannot be known here. */
  env: Record<string, string> | null;
  /** Versions of the programs of ours that run commands; null where none does. */
  python: string | null;
  node: string | null;
}

/** `code.lock.json` of a partition. */
export interface CodeLock extends CodeIdentity {
  format: 1;
  /** A hash of all the files. */
  tree: string;
  /** What was checked out, and whether the folder held anything else; null outside of a checkout. */
  commit: string | null;
  dirty: boolean | null;
  /** Files of the product's folder that the commands themselves made: they are no code. */
  made: string[];
}

/** The identity of a build's code as it is now, with what is needed to tell afterwards what the commands made of it. */
export interface CodeNow extends CodeIdentity {
  tracked: ProductFiles['tracked'];
}

const CODE = fields({
  files: each(text),
  commands: list(list(text)),
  env: orNull(each(text)),
  python: orNull(text),
  node: orNull(text),
  tree: text,
  commit: orNull(text),
  dirty: orNull(truth),
  made: list(text),
});

const ENV_HASH_LENGTH = 16;
export const UNKNOWN = '';

/** @throws LifecycleError STO_UNREADABLE */
export function readCodeLock(dir: string): Promise<CodeLock | undefined> {
  return readRecordFile<CodeLock>(path.join(dir, CODE_LOCK), 1, CODE);
}

/** @param env of the commands; null where one of its masked values cannot be known here */
export async function codeNow(
  context: BuildContext,
  build: Pick<LockedBuild, 'recipe'>,
  env: Readonly<Record<string, string>> | null,
  read: ProductFiles | Promise<ProductFiles> = productFiles(
    context.settings,
    codeFolder(context.settings, context.product),
  ),
): Promise<CodeNow> {
  const { product, settings, key } = context;
  const commands = commandsOf(product.build_command, build.recipe);
  const { files, tracked } = await read;
  const secretly = (name: string, value: string) =>
    createHmac('sha256', `${product.id} ${key} ${name}`).update(value).digest('hex').slice(0, ENV_HASH_LENGTH);
  return {
    files: Object.fromEntries(files),
    commands: commands.map((command) => [command.name, hashOfCommand(command)]),
    env: env && Object.fromEntries(Object.entries(env).map(([name, value]) => [name, secretly(name, value)])),
    python: commands.some(({ type }) => type === 'python') ? await pythonVersion(settings) : null,
    node: await nodeVersion(settings, commands),
    tracked,
  };
}

/** Empty for one whose masked text cannot be known here. */
function hashOfCommand({ run, type, env }: BuildCommand): string {
  if ([run, ...Object.values(env)].some((text) => text.includes(MASK))) return UNKNOWN;
  return hashText(JSON.stringify([run, type, Object.entries(env).sort()]));
}

/** The variables that products.yml and the recipe name, as the commands get them. */
export function namedVariables(
  { product }: BuildContext,
  { recipe }: Pick<LockedBuild, 'recipe'>,
): Record<string, string> {
  const named = { ...product.env };
  for (const env of [recipe?.env, recipe?.stage_config.get(BUILD_STAGE)?.env]) {
    for (const [name, value] of env ?? []) named[name] = value;
  }
  return named;
}

/** Without the files that a build's commands made. */
export function withoutMade<T extends Pick<CodeIdentity, 'files'>>(code: T, made: readonly string[]): T {
  const files = Object.fromEntries(Object.entries(code.files).filter(([file]) => !made.includes(file)));
  return { ...code, files };
}

export function codeFingerprint({ files, commands, env, python, node }: CodeIdentity): string {
  return hashText(JSON.stringify([treeHash(files), commands, env && Object.entries(env).sort(), python, node]));
}

export function treeHash(files: CodeIdentity['files']): string {
  return hashText(JSON.stringify(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Of the files that were written while commands ran, those that the commands made: git does not keep them, or they are new. */
export function madeBy({ tracked, files }: CodeNow, written: readonly string[]): string[] {
  return written.filter((file) => !tracked?.has(file) && (tracked !== undefined || !Object.hasOwn(files, file)));
}

/**
 * The lock of a build whose commands have run. What they made or, where git does not keep it, changed is theirs and not
 * code. What git keeps stays as the build found it, since a person may have changed it meanwhile: then it is stale.
 *
 * @param written files of the product's folder that changed while the commands ran
 * @param madeBefore what earlier runs had made
 */
export async function settleCode(
  context: BuildContext,
  now: CodeNow,
  written: readonly string[],
  madeBefore: readonly string[],
): Promise<CodeLock> {
  const { product, settings } = context;
  const made = [...new Set([...madeBefore, ...madeBy(now, written)])].sort();
  const files = { ...now.files };
  for (const file of written) {
    if (now.tracked || !Object.hasOwn(files, file)) continue;
    const hash = await hashOfFile(path.join(codeFolder(settings, product), file));
    if (hash === undefined) delete files[file];
    else files[file] = hash;
  }
  const { files: kept, commands, env, python, node } = withoutMade({ ...now, files }, made);
  return {
    format: 1,
    ...(await checkout(settings, codeFolder(settings, product))),
    tree: treeHash(kept),
    files: kept,
    commands,
    env,
    python,
    node,
    made,
  };
}
