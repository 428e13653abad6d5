import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatSeconds } from '../report.ts';
import { type FileFact, formatJson, hashFiles, hashText } from '../store/files.ts';
import { buildEnvironment } from './build-environment.ts';
import { BuildLog } from './build-log.ts';
import { BUILD_METADATA, buildMetadata, checkedOutCommit } from './build-metadata.ts';
import type { BuildContext } from './build-options.ts';
import { type ChildResult, RUN_MARKER, runChild } from './child.ts';
import { commandFailure } from './command-failure.ts';
import { type BuildCommand, commandsOf, programOf } from './commands.ts';
import { RECIPE_LOCK, SOURCE_DATA_VERSIONS } from './inputs-lock.ts';
import { LOAD_FILE, type LoadFacts } from './load-stage.ts';
import { type LockedBuild, readLockedBuild } from './locked-build.ts';
import { type Masker, maskerFor, secretsIn } from './masking.ts';

export const BUILD_LOG = 'build.log';
export const OUTPUT_FOLDER = 'output';
/** The database as the commands left it. */
export const BUILD_DATABASE = 'build.duckdb';

export interface BuildFacts {
  outputs: FileFact[];
  commands: { name: string; run: string; seconds: number }[];
}

async function loadFacts(partitionDir: string): Promise<LoadFacts> {
  return JSON.parse(await readFile(path.join(partitionDir, LOAD_FILE), 'utf8')) as LoadFacts;
}

/** What decides a build beside its inputs: the commands and the environment that is written down. */
export async function buildFingerprint(context: BuildContext, partitionDir: string): Promise<string> {
  const { recipe } = await readLockedBuild(context, partitionDir);
  return hashText(JSON.stringify([commandsOf(context.product.build_command, recipe), context.product.env]));
}

/**
 * Runs the stage: the commands write into `dir`/output, their output goes to `dir`/build.log.
 *
 * @throws LifecycleError BLD_COMMAND_FAILED, BLD_COMMAND_NOT_FOUND, BLD_TIMEOUT, LIF_STOPPED
 */
export async function runBuild(
  context: BuildContext,
  partitionDir: string,
  dir: string,
  scratch: string,
): Promise<BuildFacts> {
  const build = await readLockedBuild(context, partitionDir);
  const load = await loadFacts(partitionDir);
  const commands = commandsOf(context.product.build_command, build.recipe);
  const output = path.join(dir, OUTPUT_FOLDER);
  const temporary = path.join(scratch, 'tmp');
  await Promise.all([mkdir(output, { recursive: true }), mkdir(temporary, { recursive: true })]);

  const prepared = await prepareOutput(context, build, load, partitionDir, output);
  const inputs = path.join(scratch, 'inputs.json');
  await writeFile(inputs, formatJson(inputsForCommands(context, load, prepared.duckdb)));
  const env = buildEnvironment({
    parent: context.settings.env,
    product: context.product.env,
    productId: context.product.id,
    key: context.key,
    version: build.lock.version,
    recipe: build.recipe,
    schema: build.schema,
    places: { output, duckdb: prepared.duckdb, inputs, temporary },
  });
  const masker = maskerFor(secretsIn({ ...context.settings.env, ...env }));
  const log = new BuildLog(path.join(dir, BUILD_LOG), context.reporter);
  const done: BuildFacts['commands'] = [];
  try {
    if (commands.length === 0) context.reporter.log('info', `${context.product.id} has no build commands`);
    for (const command of commands) {
      const { seconds } = await runCommand(context, command, { ...env, ...command.env }, masker, log);
      done.push({ name: command.name, run: masker.mask(command.run), seconds: Math.round(seconds * 1000) / 1000 });
    }
  } catch (error) {
    await keepFailedLog(context, path.join(dir, BUILD_LOG));
    throw error;
  } finally {
    log.close();
  }
  if (prepared.metadata !== undefined) await writeFile(path.join(dir, BUILD_METADATA), prepared.metadata);
  if (prepared.duckdb !== undefined && existsSync(prepared.duckdb)) {
    await rename(prepared.duckdb, path.join(dir, BUILD_DATABASE));
  }
  return { outputs: await hashFiles(output), commands: done };
}

/** Puts into the output folder what products' own scripts look for there: the lock, its CSV, the metadata, the tables. */
async function prepareOutput(
  context: BuildContext,
  { recipe, lock }: LockedBuild,
  load: LoadFacts,
  partitionDir: string,
  output: string,
): Promise<{ metadata: string | undefined; duckdb: string | undefined }> {
  let metadata: string | undefined;
  if (recipe) {
    const runUrl = context.settings.env.CI ? (context.settings.env.BUILD_RUN_URL ?? null) : null;
    const commit = await checkedOutCommit(context.settings.projectDir);
    metadata = buildMetadata({ recipe, time: new Date(), commit, runUrl, loadResult: null });
    for (const name of [RECIPE_LOCK, SOURCE_DATA_VERSIONS]) {
      await copyFile(path.join(partitionDir, name), path.join(output, name));
    }
    await writeFile(path.join(output, BUILD_METADATA), metadata);
  }
  if (load.duckdb === null) return { metadata, duckdb: undefined };
  // The department's loader leaves the file under this name, and its products' commands open it there.
  const stem = `${recipe?.product ?? context.product.id}_${lock.version}`.replace(/[/\0]/g, '_');
  const duckdb = path.join(output, `${stem}.duckdb`);
  await copyFile(path.join(partitionDir, load.duckdb), duckdb, constants.COPYFILE_FICLONE);
  return { metadata, duckdb };
}

/** The content of the file that BUILD_INPUTS names. */
function inputsForCommands(context: BuildContext, load: LoadFacts, duckdb: string | undefined): unknown {
  return {
    duckdb: duckdb ?? null,
    schema: load.schema,
    tables: load.tables.map(({ engine, id, version, table, rows }) => ({ engine, id, version, table, rows })),
    files: load.files.map(({ id, import_as, version, path: place }) => ({
      id,
      name: import_as ?? id,
      version,
      path: path.join(context.layout.root, ...place.split('/')),
    })),
  };
}

async function runCommand(
  context: BuildContext,
  command: BuildCommand,
  env: Record<string, string>,
  masker: Masker,
  log: BuildLog,
): Promise<ChildResult> {
  const { product, reporter, settings, signal, options } = context;
  signal.throwIfAborted();
  const cwd = existsSync(product.dir) ? product.dir : settings.projectDir;
  const shown = masker.mask(command.run.replace(/\s*\n\s*/g, ' ').trim());
  log.startCommand();
  log.note(`${command.name}: ${shown}`);
  reporter.log('info', `${command.name}: ${shown}`);
  const result = await runChild({
    ...programOf(command, settings.python ?? 'python3'),
    cwd,
    env: { ...env, [RUN_MARKER]: randomUUID() },
    masker,
    onOutput: (piece, endsLine) => log.output(piece, endsLine),
    timeoutMs: options.timeoutMs,
    signal,
  });
  const time = formatSeconds(result.seconds * 1000);
  if (result.leftBehind > 0) {
    const text = `${command.name} left ${result.leftBehind} processes running; they were ended`;
    log.note(text);
    reporter.log('warning', text);
  }
  const failure = commandFailure({
    product: product.id,
    key: context.key,
    command: { ...command, run: shown },
    result,
    tail: log.tail,
  });
  log.note(`${command.name}: ${failure ? failure.message.split('\n')[0] : `exit 0 in ${time}`}`);
  if (failure) throw failure;
  reporter.log('info', `${command.name}: exit 0`, { seconds: Math.round(result.seconds * 1000) / 1000 });
  return result;
}

/** What a failed attempt said stays in the partition, beside what finished stages left there. */
async function keepFailedLog(context: BuildContext, file: string): Promise<void> {
  const dir = context.layout.builds.partition(context.product.id, context.key);
  try {
    await copyFile(file, path.join(dir, 'build.failed.log'));
  } catch (error) {
    context.reporter.log('warning', `the log of the failed build could not be kept: ${String(error)}`);
  }
}
