import path from 'node:path';
import type { Recipe } from '../../project/recipe-model.ts';
import { INSTALLATION } from '../../settings/settings.ts';
import { type Environment, valueIn } from '../../settings/values.ts';

/** Variables of the parent that a command gets as they are; everything else must be named. */
const HANDED_ON = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TERM',
  'NO_COLOR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'VIRTUAL_ENV',
  'LD_LIBRARY_PATH',
  'CI',
]);
const HANDED_ON_PREFIXES = ['LC_', 'BUILD_'];

interface BuildPlaces {
  /** Where the commands write; published as `output/`. */
  output: string;
  /** A working copy of the loaded database, if there is one. */
  duckdb: string | undefined;
  /** A JSON file that lists the inputs with their tables and files. */
  inputs: string;
  /** For temporary files; removed afterwards. */
  temporary: string;
}

interface EnvironmentLayers {
  parent: Environment;
  product: Readonly<Record<string, string>>;
  productId: string;
  key: string;
  version: string;
  /** Absent for a product without one. */
  recipe: Recipe | undefined;
  schema: string;
  places: BuildPlaces;
}

/** The stage of a recipe whose environment and commands a build uses. */
export const BUILD_STAGE = 'builds.build';

/**
 * The environment of a build's commands, later layers over earlier ones: what is handed on of the parent's, the
 * product's, the recipe's, the stage's, and what follows from them. A command's own `env` comes over all.
 */
export function buildEnvironment(layers: EnvironmentLayers): Record<string, string> {
  const { parent, recipe, places } = layers;
  const named = new Set(valueIn(parent, 'LIFECYCLE_BUILD_ENV'));
  // A build script in JavaScript can `require` what this program came with, such as @duckdb/node-api and pg.
  const env: Record<string, string> = { NODE_PATH: path.join(INSTALLATION, 'node_modules') };
  for (const [name, value] of Object.entries(parent)) {
    const prefixed = HANDED_ON_PREFIXES.some((prefix) => name.startsWith(prefix));
    if (value !== undefined && (HANDED_ON.has(name) || prefixed || named.has(name))) env[name] = value;
  }
  // Commands find a Node of ours where the machine has none.
  env.PATH = [env.PATH, path.dirname(process.execPath)].filter(Boolean).join(path.delimiter);
  Object.assign(env, layers.product, { VERSION: layers.version });
  for (const source of [recipe?.env, recipe?.stage_config.get(BUILD_STAGE)?.env]) {
    for (const [name, value] of source ?? []) env[name] = value;
  }
  Object.assign(env, engineVariables(env, layers.schema));
  if (recipe?.build_name) env.BUILD_NAME = recipe.build_name;
  return {
    ...env,
    BUILD_PRODUCT: layers.productId,
    BUILD_PARTITION_KEY: layers.key,
    BUILD_OUTPUT_DIR: places.output,
    BUILD_ENV_OUTPUT_DIR: places.output,
    BUILD_INPUTS: places.inputs,
    ...(places.duckdb === undefined ? {} : { BUILD_DUCKDB: places.duckdb }),
    TMPDIR: places.temporary,
  };
}

/**
 * The parts of BUILD_ENGINE_SERVER (`postgresql://user:password@host:port`) as dbt profiles want them, and the whole
 * address in BUILD_ENGINE once server, database and schema are known.
 */
export function engineVariables(env: Environment, schema: string): Record<string, string> {
  const variables: Record<string, string> = { BUILD_ENGINE_SCHEMA: schema };
  const server = env.BUILD_ENGINE_SERVER;
  if (!server) return variables;
  const parts = /^postgresql:\/\/([^:@/]*):([^@]*)@([^:/]*):(\d+)/.exec(server);
  if (parts) {
    const [, user, password, host, port] = parts;
    Object.assign(variables, {
      BUILD_ENGINE_USER: user,
      BUILD_ENGINE_PASSWORD: password,
      BUILD_ENGINE_HOST: host,
      BUILD_ENGINE_PORT: port,
    });
  }
  const database = env.BUILD_ENGINE_DB;
  if (database) variables.BUILD_ENGINE = `${server}/${database}?options=--search_path%3D${schema},public`;
  return variables;
}
