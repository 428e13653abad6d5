import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Masker } from '../../masking/known.ts';
import { type ChildResult, runChild } from '../../processes/child.ts';
import { formatSeconds } from '../../report.ts';
import { RECIPE_LOCK, SOURCE_DATA_VERSIONS } from '../../store/builds/inputs-lock.ts';
import { type Partition, stageDigest } from '../../store/builds/partition.ts';
import { type FileFact, formatJson, hashFile, hashFiles, hashText } from '../../store/files.ts';
import { diskIsFull } from '../../store/write-errors.ts';
import type { BuildContext } from '../build-options.ts';
import { maskerOf } from '../build-secrets.ts';
import {
  CODE_LOCK,
  type CodeLock,
  type CodeNow,
  codeFingerprint,
  codeNow,
  madeBy,
  namedVariables,
  readCodeLock,
  settleCode,
  withoutMade,
} from '../code/identity.ts';
import { codeFolder } from '../code/product-files.ts';
import { type HandedInputs, handInputs } from '../load/handed-inputs.ts';
import { LOAD_DATABASE, LOAD_FILE, type LoadFacts } from '../load/stage.ts';
import type { LockedBuild } from '../lock/locked-build.ts';
import { type FinishedCommand, keepAttempt, takeAttempt } from './attempt.ts';
import { type BuildCommand, commandsOf, programOf } from './commands.ts';
import { buildEnvironment } from './environment.ts';
import { commandFailure } from './failure.ts';
import { BuildLog } from './log.ts';
import { BUILD_METADATA, buildMetadata, checkedOutCommit } from './metadata.ts';
import { changedFiles, snapshotOf } from './outside-writes.ts';
import { pythonFor } from './python.ts';

/** Inherited by all that a command starts. */
const RUN_MARKER = 'LIFECYCLE_BUILD_RUN';

const BUILD_LOG = 'build.log';
const OUTPUT_FOLDER = 'output';
/** The database as the commands left it, if they changed it. */
const BUILD_DATABASE = 'build.duckdb';

export interface BuildFacts {
  outputs: FileFact[];
  commands: FinishedCommand[];
  /** Files of the project that changed while the commands ran, relative to it. */
  outside: string[];
}

async function loadFacts(partitionDir: string): Promise<LoadFacts> {
  return JSON.parse(await readFile(path.join(partitionDir, LOAD_FILE), 'utf8')) as LoadFacts;
}

/** What a build of a planned partition would be made by now, beside its inputs. */
export function buildCode(context: BuildContext, build: LockedBuild): Promise<CodeNow> {
  return codeNow(context, build, namedVariables(context, build));
}

/**
 * Runs the stage: the commands write into `dir`/output, their output goes to `dir`/build.log. What had finished in a
 * failed attempt at the same build is not run again.
 *
 * @throws LifecycleError BLD_COMMAND_FAILED, BLD_COMMAND_NOT_FOUND, BLD_TIMEOUT, BLD_INPUT_CHANGED, LIF_STOPPED
 */
export async function runBuild(
  context: BuildContext,
  build: LockedBuild,
  partition: Partition,
  dir: string,
  scratch: string,
  code: CodeNow,
): Promise<{ facts: BuildFacts; code: CodeLock }> {
  const load = await loadFacts(partition.dir);
  const commands = commandsOf(context.product.build_command, build.recipe);
  const madeBefore = (await readCodeLock(partition.dir))?.made ?? [];
  const identity = (made: readonly string[]) =>
    hashText(`${codeFingerprint(withoutMade(code, [...madeBefore, ...made]))} ${stageDigest(partition.stages.load!)}`);
  const attempt = context.rebuilding
    ? { done: [], made: [] }
    : await takeAttempt(context, identity, dir, [OUTPUT_FOLDER, BUILD_LOG]);
  const output = path.join(dir, OUTPUT_FOLDER);
  const temporary = path.join(scratch, 'tmp');
  await Promise.all([mkdir(output, { recursive: true }), mkdir(temporary, { recursive: true })]);

  const prepared = await prepareOutput(context, build, load, partition.dir, output);
  const inputs = path.join(scratch, 'inputs.json');
  const handed = await handInputs(context, partition.dir, build.lock.inputs);
  await writeFile(inputs, formatJson(inputsForCommands(context, load, prepared.duckdb, handed)));
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
  const masker = maskerOf(context, Object.assign({}, env, ...commands.map((command) => command.env)));
  const log = new BuildLog(path.join(dir, BUILD_LOG), context.reporter);
  const done: FinishedCommand[] = [];
  const watch = await watchOutside(context);
  let writes: OutsideWrites;
  try {
    if (commands.length === 0) context.reporter.log('info', `${context.product.id} has no build commands`);
    for (const command of commands) {
      const before = attempt.done[done.length];
      if (before) {
        log.note(`${command.name}: done in an earlier attempt`);
        context.reporter.log('info', `${command.name}: done in an earlier attempt`);
        done.push(before);
        continue;
      }
      const { seconds } = await runCommand(context, command, { ...env, ...command.env }, masker, log);
      await handed.check();
      done.push({ name: command.name, run: masker.mask(command.run), seconds: Math.round(seconds * 1000) / 1000 });
    }
    writes = await watch();
    tellOutside(context, writes.outside);
    if (build.recipe?.exports) {
      const { writeExports } = await import('../exports/write-exports.ts');
      await writeExports(context, build, { output, duckdb: prepared.duckdb, scratch });
    }
  } catch (error) {
    log.close();
    if (!context.rebuilding) {
      const made = [...attempt.made, ...madeBy(code, (await watch()).ofProduct)];
      const kept = { identity: identity(made), done, made };
      await keepAttempt(context, { ...kept, dir, output: OUTPUT_FOLDER, log: BUILD_LOG });
    }
    throw error;
  } finally {
    await handed.remove();
  }
  log.close();
  if (prepared.metadata !== undefined) await writeFile(path.join(dir, BUILD_METADATA), prepared.metadata);
  if (prepared.duckdb !== undefined) await keepDatabase(partition, prepared.duckdb, path.join(dir, BUILD_DATABASE));
  const lock = await settleCode(context, code, writes.ofProduct, [...madeBefore, ...attempt.made]);
  await writeFile(path.join(dir, CODE_LOCK), formatJson(lock));
  return { facts: { outputs: await hashFiles(output), commands: done, outside: writes.outside }, code: lock };
}

/** The working copy of the loaded database stays as `build.duckdb` if the commands changed it. */
async function keepDatabase(partition: Partition, work: string, target: string): Promise<void> {
  if (!existsSync(work)) return;
  const loaded = partition.stages.load?.files.find((file) => file.path === LOAD_DATABASE);
  if ((await hashFile(work)).sha256 === loaded?.sha256) await rm(work);
  else await rename(work, target);
}

const SHOWN_OUTSIDE = 5;

interface OutsideWrites {
  /** Relative to the project. */
  outside: string[];
  /** Those in the product's folder, relative to it, with `/`. */
  ofProduct: string[];
}

/** Looks at the project's files now, and gives a function that looks again, for what changed between. */
async function watchOutside({ settings, layout, product }: BuildContext): Promise<() => Promise<OutsideWrites>> {
  const look = () => snapshotOf(settings.projectDir, [layout.root, settings.airflowHome]);
  const before = await look();
  return async () => {
    const changed = changedFiles(before, await look());
    const folder = codeFolder(settings, product);
    const own = changed.filter((file) => file.startsWith(`${folder}${path.sep}`));
    return {
      outside: changed.map((file) => path.relative(settings.projectDir, file)),
      ofProduct: own.map((file) => path.relative(folder, file).split(path.sep).join('/')),
    };
  };
}

function tellOutside({ reporter }: BuildContext, outside: readonly string[]): void {
  if (outside.length === 0) return;
  const shown = outside.slice(0, SHOWN_OUTSIDE).join(', ');
  const more = outside.length > SHOWN_OUTSIDE ? ` and ${outside.length - SHOWN_OUTSIDE} more` : '';
  reporter.log('warning', `the commands wrote outside of BUILD_OUTPUT_DIR: ${shown}${more}`);
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
    const runUrl = context.settings.value('CI') ? (context.settings.value('BUILD_RUN_URL') ?? null) : null;
    const commit = await checkedOutCommit(context.settings.projectDir);
    const recipeEnv = Object.fromEntries(recipe.env);
    metadata = buildMetadata({
      recipe,
      time: new Date(),
      commit,
      runUrl,
      loadResult: null,
      masker: maskerOf(context, recipeEnv),
    });
    for (const name of [RECIPE_LOCK, SOURCE_DATA_VERSIONS]) {
      await copyFile(path.join(partitionDir, name), path.join(output, name));
    }
    await writeFile(path.join(output, BUILD_METADATA), metadata);
  }
  if (load.duckdb === null) return { metadata, duckdb: undefined };
  // The department's loader leaves the file under this name, and its products' commands open it there.
  const stem = `${recipe?.product ?? context.product.id}_${lock.version}`.replace(/[/\0]/g, '_');
  const duckdb = path.join(output, `${stem}.duckdb`);
  // An attempt that is taken up again has its own, with what its commands have made.
  if (!existsSync(duckdb)) await copyFile(path.join(partitionDir, load.duckdb), duckdb, constants.COPYFILE_FICLONE);
  return { metadata, duckdb };
}

/** The content of the file that BUILD_INPUTS names. */
function inputsForCommands(
  context: BuildContext,
  load: LoadFacts,
  duckdb: string | undefined,
  handed: HandedInputs,
): unknown {
  return {
    duckdb: duckdb ?? null,
    schema: load.schema,
    tables: load.tables.map(({ engine, id, version, table, rows }) => ({ engine, id, version, table, rows })),
    files: load.files.map(({ id, import_as, version, path: place }) => ({
      id,
      name: import_as ?? id,
      version,
      path: handed.pathFor(path.join(context.layout.root, ...place.split('/'))),
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
  const cwd = codeFolder(settings, product);
  const shown = masker.mask(command.run.replace(/\s*\n\s*/g, ' ').trim());
  log.startCommand();
  log.note(`${command.name}: ${shown}`);
  reporter.log('info', `${command.name}: ${shown}`);
  const result = await runChild({
    ...programOf(command, pythonFor(settings)),
    cwd,
    env,
    marker: RUN_MARKER,
    masker,
    onOutput: (piece, endsLine) => log.output(piece, endsLine),
    timeoutMs: options.timeoutMs,
    signal: AbortSignal.any([signal, log.broken]),
  });
  log.endCommand();
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
    fullDisk: diskIsFull(context.layout) ? context.layout.root : undefined,
  });
  log.note(`${command.name}: ${failure ? failure.message.split('\n')[0] : `exit 0 in ${time}`}`);
  if (failure) throw failure;
  reporter.log('info', `${command.name}: exit 0`, { seconds: Math.round(result.seconds * 1000) / 1000 });
  return result;
}
