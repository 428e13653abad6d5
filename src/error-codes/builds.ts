import { type CodeFacts, EXIT } from './facts.ts';

/** BLD_…: builds. */
export const BUILDS_CODES = {
  BLD_RECIPE_UNREADABLE: {
    meaning: 'The recipe file is missing or is no UTF-8 text.',
    remedy: 'Check the path in products.yml, or give another file with `--recipe`.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_TEMPLATE: {
    meaning: 'The template of a recipe could not be rendered.',
    remedy: 'Set the variable that the message names, or correct the expression.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_YAML: {
    meaning: 'The recipe is no valid YAML 1.1.',
    remedy: 'Correct the file at the place that the message names.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_INVALID: {
    meaning: 'Fields of the recipe are missing, unknown or of the wrong kind.',
    remedy: 'Correct the fields that are listed; docs/builds.md has the table of all fields.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_IGNORED: {
    meaning: 'Something in the recipe has no effect.',
    remedy: 'Remove it, or correct its name.',
    exit: EXIT.failed,
  },
  BLD_NO_VERSION: {
    meaning: 'Nothing says which version to build.',
    remedy: 'Give `--version`, or a `version` or `version_strategy` in the recipe.',
    exit: EXIT.failed,
  },
  BLD_VERSION_STRATEGY: {
    meaning: 'The recipe’s version strategy leads to no version.',
    remedy: 'Give `--version`, or correct `version_strategy` and `version_type`.',
    exit: EXIT.failed,
  },
  BLD_PREVIOUS_RELEASE: {
    meaning: 'The versions of the previous release cannot be copied.',
    remedy: 'Give the input a `version`, or use `find_latest`.',
    exit: EXIT.failed,
  },
  BLD_MISSING_INPUTS: {
    meaning: 'Inputs of the build are not there.',
    remedy: 'Run the commands that the message lists, then the same command again.',
    exit: EXIT.blocked,
  },
  BLD_SOURCE_FAILED: {
    meaning: 'A source of inputs did not answer, so it is not known whether they are there.',
    remedy: 'See the SRC_… code of each line; run the same command again, or plan with `--offline`.',
    exit: EXIT.failed,
  },
  BLD_PLAN_REFUSED: {
    meaning: 'The recipe cannot be planned as it is.',
    remedy: 'Correct what the message lists.',
    exit: EXIT.failed,
  },
  BLD_STAGE_MISSING: {
    meaning: 'An earlier stage of the build has not been done.',
    remedy: 'Run the stage that the message names, or the whole build.',
    exit: EXIT.blocked,
  },
  BLD_LOCK_INVALID: {
    meaning: 'A lock file of the partition cannot be read.',
    remedy: 'Plan again with `--stage plan --force`.',
    exit: EXIT.failed,
  },
  BLD_INPUT_CHANGED: {
    meaning: 'An input is not the one that was locked, or a command has written into it.',
    remedy: 'Correct the command that wrote; else plan again with `--stage plan --force` to take what is there now.',
    exit: EXIT.failed,
  },
  BLD_ENGINE_SETTINGS: {
    meaning: 'The settings of the build’s PostgreSQL are not complete.',
    remedy: 'Set BUILD_ENGINE_SERVER and BUILD_ENGINE_DB, or neither to load into a DuckDB file.',
    exit: EXIT.usage,
  },
  BLD_ENGINE_UNREACHABLE: {
    meaning: 'The build’s PostgreSQL cannot be reached.',
    remedy: 'Check BUILD_ENGINE_SERVER and BUILD_ENGINE_DB; the database must exist.',
    exit: EXIT.failed,
  },
  BLD_LOAD_FAILED: {
    meaning: 'An input could not be loaded.',
    remedy: 'See the cause; correct the input or the recipe, then run the same command again.',
    exit: EXIT.failed,
  },
  BLD_COMMAND_FAILED: {
    meaning: 'A build command ended with an error.',
    remedy: 'See build.log in the partition; correct the command, then run the same command again.',
    exit: EXIT.failed,
  },
  BLD_COMMAND_NOT_FOUND: {
    meaning: 'A build command could not be started.',
    remedy: 'Install the program or correct the command; PATH is handed on as it is.',
    exit: EXIT.failed,
  },
  BLD_TIMEOUT: {
    meaning: 'A build command took too long and was stopped with everything it had started.',
    remedy: 'Raise the limit with `--timeout`, or find out why it hangs.',
    exit: EXIT.failed,
  },
  BLD_EXPORT_FAILED: {
    meaning: 'A table could not be exported.',
    remedy: 'See the cause; correct the export in the recipe or the command that makes the table.',
    exit: EXIT.failed,
  },
  BLD_CATALOG_INVALID: {
    meaning: 'The catalog of available versions cannot be read.',
    remedy: 'See docs/builds.md for its form.',
    exit: EXIT.usage,
  },
} as const satisfies Record<string, CodeFacts>;
