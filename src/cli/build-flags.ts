import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { BuildContext, BuildOptions } from '../builds/build-options.ts';
import { KnownHashes } from '../builds/known-hashes.ts';
import { LifecycleError } from '../errors.ts';
import { parsePartitionKey } from '../ids.ts';
import { findProduct } from '../project/find.ts';
import { PRODUCTS_FILE, readProducts } from '../project/products.ts';
import type { Product } from '../project/project.ts';
import { storeLayout } from '../store/layout.ts';
import type { CommandContext } from './context.ts';

/** What the options of a build look like as commander gives them. */
export interface BuildFlags {
  version?: string;
  recipe?: string;
  buildName?: string;
  branch?: string;
  env?: string[];
  var?: string[];
  onlyVars?: boolean;
  input?: string[];
  catalog?: string;
  offline?: boolean;
  timeout?: string;
  force?: boolean;
  makeMissing?: boolean;
  stage?: string[];
}

export const collect = (value: string, before: string[] = []) => [...before, value];

/** A command on one partition of a product. */
export function partitionCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<product>', 'the id of a product')
    .argument('<partition-key>', 'names the build, such as 26v1 or 26v1:main');
}

/** One that plans, with the options that decide a plan. */
export function planningCommand(program: Command, name: string, description: string): Command {
  return partitionCommand(program, name, description)
    .option('--version <version>', 'the version to build (default: what the recipe says, else the partition key)')
    .option('--recipe <file>', "another recipe than the product's own")
    .option('--build-name <name>', 'the build name (default: the partition key; empty for none)')
    .option('--branch <branch>', 'the branch that is written down')
    .option('--env <name=value>', "a variable over the recipe's environment (repeatable)", collect)
    .option('--var <name=value>', "a variable of the recipe's template (repeatable); then only these are seen", collect)
    .option('--only-vars', "the recipe's template sees what --var gives and nothing else, also when that is nothing")
    .option('--input <id=version>', 'pins the version of one input (repeatable)', collect)
    .option('--catalog <file>', 'plan against a file of available versions')
    .option('--offline', 'ask no source: what is in the store counts')
    .option('--make-missing', 'first make the versions of inputs that are missing, where a template here makes them')
    .option('--force', 'repeat what is done');
}

function pairs(values: readonly string[] | undefined, option: string): Record<string, string> | undefined {
  if (!values) return undefined;
  return Object.fromEntries(
    values.map((value) => {
      const at = value.indexOf('=');
      if (at > 0) return [value.slice(0, at), value.slice(at + 1)];
      throw new LifecycleError('LIF_USAGE', `--${option} wants NAME=VALUE, got ${JSON.stringify(value)}`);
    }),
  );
}

function milliseconds(seconds: string | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  const value = Number(seconds);
  if (value > 0 && Number.isFinite(value)) return value * 1000;
  throw new LifecycleError('LIF_USAGE', `--timeout wants seconds, got ${JSON.stringify(seconds)}`);
}

export function buildOptions(flags: BuildFlags, cwd: string): BuildOptions {
  const inputs = pairs(flags.input, 'input');
  return {
    version: flags.version || undefined,
    recipe: flags.recipe === undefined ? undefined : path.resolve(cwd, flags.recipe),
    buildName: flags.buildName,
    branch: flags.branch,
    env: pairs(flags.env, 'env'),
    vars: pairs(flags.var, 'var') ?? (flags.onlyVars ? {} : undefined),
    pins: inputs && new Map(Object.entries(inputs)),
    catalog: flags.catalog === undefined ? undefined : path.resolve(cwd, flags.catalog),
    offline: flags.offline === true,
    force: flags.force === true,
    timeoutMs: milliseconds(flags.timeout),
  };
}

/**
 * A product of the project; its templates stay unread, for a task that needs none of them.
 *
 * @throws LifecycleError LIF_UNKNOWN_ID, PRJ_NOT_A_PROJECT
 */
export function productOf(projectDir: string, id: string): Product {
  if (!existsSync(path.join(projectDir, PRODUCTS_FILE))) {
    throw new LifecycleError('PRJ_NOT_A_PROJECT', `${projectDir} has no ${PRODUCTS_FILE}`, {
      hint: 'run it inside a project, or name one with --project DIR or LIFECYCLE_PROJECT',
    });
  }
  const { products, findings } = readProducts(projectDir, realpathSync(projectDir));
  return findProduct({ dir: projectDir, templates: [], products, findings }, id);
}

/** What the stages of a build need, from what was typed. @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, LIF_USAGE */
export function buildContext(
  context: CommandContext,
  productId: string,
  partitionKey: string,
  flags: BuildFlags,
): BuildContext {
  const { settings, reporter, signal } = context;
  const key = parsePartitionKey(partitionKey);
  const product = productOf(settings.projectDir, productId);
  const options = buildOptions(flags, context.cwd);
  const layout = storeLayout(settings.storeDir);
  return { product, key, layout, settings, reporter, signal, options, hashes: new KnownHashes() };
}
