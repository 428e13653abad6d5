import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { checkContract, type RuleResult } from '../checks/contract-check.ts';
import { contractOf } from '../checks/contract-export.ts';
import { type ContractTable, readContract } from '../checks/contract-read.ts';
import { yamlText } from '../checks/yaml-text.ts';
import { literalList } from '../engine/sql.ts';
import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import { findDataset, findTemplate, sound } from '../project/find.ts';
import { loadProject } from '../project/load.ts';
import { projectSettings } from '../project/project-file.ts';
import { resolveTemplate } from '../project/template.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import { type NamedData, resolveAllData, resolveData } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import type { CommandContext, ExitCode } from './context.ts';
import type { Run } from './program.ts';
import { referenceScope } from './reference-scope.ts';
import { formatTable } from './table.ts';

export function register(program: Command, run: Run): void {
  const contract = program
    .command('contract')
    .description('data contracts (Open Data Contract Standard 3.1), out and in');
  contract
    .command('export')
    .description('write a template and its checks as a contract')
    .argument('<id>', 'the template, or one of its datasets')
    .action(run(exportContract));
  contract
    .command('check')
    .description('hold a version against a contract; exit 1 if a rule fails')
    .argument('<file>', 'the contract')
    .argument('[version]', 'ID or ID@VERSION; the latest of each dataset that the contract names unless given')
    .action(run(check));
}

async function exportContract(context: CommandContext, id: string): Promise<undefined> {
  const { settings } = context;
  const project = await loadProject(settings.projectDir);
  const own = project.templates.find((each) => each.id === id);
  const template = own ? sound(own) : (known(id, project) ?? findTemplate(project, id));
  const store = openIngestStore(storeLayout(settings.storeDir));
  const version = await store.latest(template.id);
  const record = version && (await store.read(template.id, version));
  const definition = await resolveTemplate(template, version ?? 'VERSION');
  const contract = contractOf(definition, record, projectSettings(settings.projectDir).checks);
  context.print(context.json ? JSON.stringify(contract, null, 2) : yamlText(contract));
  return undefined;
}

function known(id: string, project: Awaited<ReturnType<typeof loadProject>>) {
  const makes = project.templates.some(({ definition }) => definition?.datasets.some((dataset) => dataset.id === id));
  return makes ? findDataset(project, id).template : undefined;
}

async function check(context: CommandContext, file: string, wanted: string | undefined): Promise<ExitCode> {
  const text = await readFile(path.resolve(context.cwd, file), 'utf8').catch((cause: unknown) => {
    throw new LifecycleError('LIF_BAD_CONTRACT', `${file} cannot be read`, {
      cause,
      hint: 'give the path of a contract',
    });
  });
  const tables = readContract(text);
  const scope = referenceScope(context);
  const given = wanted === undefined ? undefined : await resolveAllData(scope, wanted);
  const pairs: { table: ContractTable; data: NamedData }[] = [];
  for (const table of tables) {
    const data = given ? among(given, table, tables) : await resolveData(scope, table.name);
    if (data) pairs.push({ table, data });
  }
  if (pairs.length === 0) {
    throw new LifecycleError('LIF_BAD_CONTRACT', `the contract says nothing of ${wanted}`, {
      hint: `it is about ${tables.map(({ name }) => name).join(', ')}`,
    });
  }
  const done = await lookAt(context, pairs, scope);
  print(context, done);
  return done.some(({ results }) => results.some(({ status }) => status === 'failed')) ? EXIT.failed : EXIT.done;
}

/** The data that a table of the contract is about; one table and one file belong together whatever they are called. */
function among(
  given: readonly NamedData[],
  { name }: ContractTable,
  tables: readonly ContractTable[],
): NamedData | undefined {
  const own = given.find(({ origin }) => origin.kind === 'version' && origin.dataset.id === name);
  return own ?? (given.length === 1 && tables.length === 1 ? given[0] : undefined);
}

interface Done {
  name: string;
  data: string;
  results: RuleResult[];
}

async function lookAt(
  context: CommandContext,
  pairs: readonly { table: ContractTable; data: NamedData }[],
  scope: ReturnType<typeof referenceScope>,
): Promise<Done[]> {
  const { settings, signal } = context;
  return withEngine(settings, signal, async (engine) => {
    await engine.load('spatial');
    const others = new Map<string, NamedData | LifecycleError>();
    for (const { table } of pairs) {
      for (const { how } of table.rules) {
        if (how.by !== 'check' || how.wanted.name !== 'references') continue;
        const name = String(how.wanted.args.dataset);
        others.set(name, await resolveData(scope, name).catch((error: LifecycleError) => error));
      }
    }
    const files = [...pairs.map(({ data }) => data), ...others.values()].flatMap((each) =>
      'file' in each ? [each.file] : [],
    );
    await engine.run(`SET allowed_paths = ${literalList(files)}`);
    await engine.run('SET enable_external_access = false');
    const done: Done[] = [];
    for (const { table, data } of pairs) {
      if (data.format !== 'parquet') {
        throw new LifecycleError('LIF_BAD_DATA_FILE', `${data.name} is no Parquet file`, { hint: 'name a version' });
      }
      const { origin } = data;
      const described = await engine.describe(`SELECT * FROM read_parquet(${literalList([data.file])})`);
      const dataset = origin.kind === 'version' ? origin.dataset : undefined;
      const results = await checkContract(
        engine,
        table,
        {
          file: data.file,
          columns: dataset?.columns.map(({ name }) => name) ?? described.map(({ name }) => name),
          geometryColumn:
            dataset?.geometry_column ?? described.find(({ type }) => type.startsWith('GEOMETRY'))?.name ?? null,
        },
        {
          now: origin.kind === 'version' ? origin.record.created : new Date().toISOString(),
          async latest(name) {
            const other = others.get(name)!;
            if (!('file' in other)) throw other;
            return { file: other.file, version: other.origin.kind === 'version' ? other.origin.version : 'file' };
          },
        },
      );
      done.push({ name: table.name, data: data.name, results });
    }
    return done;
  });
}

function print(context: CommandContext, done: readonly Done[]): void {
  if (context.json) {
    context.print(JSON.stringify({ tables: done }, null, 2));
    return;
  }
  const sections = done.map(({ name, data, results }) => {
    const count = (wanted: string) => results.filter(({ status }) => status === wanted).length;
    const words = ['passed', 'warned', 'failed', 'skipped'].filter((each) => count(each) > 0 || each === 'passed');
    const told = results.filter(({ status }) => status !== 'passed');
    const head = `${data} against ${name}: ${words.map((each) => `${count(each)} ${each}`).join(', ')}`;
    const rows = told.map(({ about, rule, status, message }) => [status, about ?? '-', rule, message]);
    const columns = [{ heading: 'STATE' }, { heading: 'COLUMN' }, { heading: 'RULE' }, { heading: '' }];
    return [head, ...(rows.length > 0 ? formatTable(columns, rows).map((line) => `  ${line}`) : [])].join('\n');
  });
  context.print(sections.join('\n'));
}
