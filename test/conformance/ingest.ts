import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asLifecycleError } from '../../src/errors.ts';
import { templateIdFrom } from '../../src/ids.ts';
import { adopt } from '../../src/ingest/adopt.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import { sound } from '../../src/project/find.ts';
import { readTemplate } from '../../src/project/template.ts';
import { silentReporter } from '../../src/report.ts';
import { settingsFrom } from '../../src/settings/settings.ts';

/** One recorded case of the department's engine, as its meta.json tells it. */
interface Meta {
  case: string;
  template: string;
  version: string;
  mode: string | null;
  input: string;
  prev?: string;
  status: 'ok' | 'error';
  reason?: string;
  ignore_columns?: string[];
  unordered?: boolean;
  python_script?: boolean;
}

export interface IngestCaseResult {
  case: string;
  wanted: 'completed' | 'refused';
  outcome: 'equal' | 'different' | 'refused' | 'accepted' | 'not run';
  /** What differs, or with which error it was refused; one fact a line. */
  notes: string[];
}

interface Pair {
  case: string;
  expected: string;
  actual: string;
  ignore: string[];
  unordered: boolean;
}

export interface IngestConformanceOptions {
  /** Holds compare.py. */
  tools: string;
  /** A Python with pyarrow and shapely. */
  python: string;
  env: Readonly<Record<string, string | undefined>>;
  only?: string | undefined;
}

/** Runs every case of a folder through the engine, against a store of its own, and compares what is published. */
export async function runIngestCases(dir: string, options: IngestConformanceOptions): Promise<IngestCaseResult[]> {
  const work = await mkdtemp(path.join(tmpdir(), 'lifecycle-conformance-'));
  try {
    const names = (await readdir(dir, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const results: IngestCaseResult[] = [];
    const pairs: Pair[] = [];
    for (const name of names.sort()) {
      if (options.only !== undefined && !name.includes(options.only)) continue;
      results.push(await runCase(path.join(dir, name), path.join(work, name), options, pairs));
    }
    const differences = await compare(pairs, options);
    for (const result of results) {
      const found = differences[result.case];
      if (!found || found.length === 0) continue;
      result.outcome = 'different';
      result.notes.push(...found);
    }
    return results;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runCase(
  dir: string,
  project: string,
  options: IngestConformanceOptions,
  pairs: Pair[],
): Promise<IngestCaseResult> {
  const meta = JSON.parse(await readFile(path.join(dir, 'meta.json'), 'utf8')) as Meta;
  const wanted = meta.status === 'ok' ? 'completed' : 'refused';
  const settings = settingsFrom(options.env, { project, cwd: project, stderrIsTerminal: false });
  if (meta.python_script && settings.python === undefined) {
    return {
      case: meta.case,
      wanted,
      outcome: 'not run',
      notes: ['runs a Python script; LIFECYCLE_PYTHON is not set'],
    };
  }
  const context = { settings, reporter: silentReporter, signal: new AbortController().signal };
  await mkdir(project, { recursive: true });
  await cp(path.join(dir, 'input'), path.join(project, 'input'), { recursive: true });
  try {
    const text = await readFile(path.join(dir, 'template.yml'), 'utf8');
    const template = sound(await readTemplate(path.join(project, 'ingest_templates', `${meta.template}.yml`), text));
    const previous = path.join(project, 'input', meta.prev ?? 'prev.parquet');
    if (existsSync(previous)) {
      const [dataset] = template.definition.datasets;
      await adopt(
        {
          template: templateIdFrom(meta.template)!,
          dataset: dataset!.id,
          version: '0-previous',
          file: previous,
          latest: true,
          overwrite: false,
        },
        context,
      );
    }
    const { dir: published, record } = await ingest(
      template,
      { version: meta.version, mode: meta.mode ?? undefined, file: path.join('input', meta.input) },
      context,
    );
    if (wanted === 'refused')
      return { case: meta.case, wanted, outcome: 'accepted', notes: [`the other engine: ${meta.reason}`] };
    return {
      case: meta.case,
      wanted,
      ...(await pairUp(
        dir,
        published,
        record.datasets.map((d) => d.path),
        meta,
        pairs,
      )),
    };
  } catch (error) {
    const { code, message, cause } = asLifecycleError(error);
    const note = `${code}: ${message}${cause instanceof Error ? ` (${cause.message.split('\n')[0]})` : ''}`;
    if (wanted === 'refused' && code !== 'LIF_INTERNAL')
      return { case: meta.case, wanted, outcome: 'refused', notes: [note] };
    return { case: meta.case, wanted, outcome: 'different', notes: [note] };
  }
}

async function pairUp(
  dir: string,
  published: string,
  actual: readonly string[],
  meta: Meta,
  pairs: Pair[],
): Promise<Pick<IngestCaseResult, 'outcome' | 'notes'>> {
  const expectedDir = path.join(dir, 'expected');
  const expected = (await readdir(expectedDir, { recursive: true })).filter((file) => file.endsWith('.parquet'));
  const notes: string[] = [];
  for (const file of expected) {
    const made = actual.find((candidate) => path.basename(candidate) === path.basename(file));
    if (!made) notes.push(`no ${path.basename(file)}`);
    else {
      pairs.push({
        case: meta.case,
        expected: path.join(expectedDir, file),
        actual: path.join(published, made),
        ignore: meta.ignore_columns ?? [],
        unordered: meta.unordered ?? false,
      });
    }
  }
  return { outcome: notes.length > 0 || expected.length === 0 ? 'different' : 'equal', notes };
}

function compare(pairs: readonly Pair[], options: IngestConformanceOptions): Promise<Record<string, string[]>> {
  return new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, 'compare_all.py');
    const child = spawn(options.python, [script, options.tools], { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as Record<string, string[]>);
      else reject(new Error(`compare_all.py ended with ${code}`));
    });
    child.stdin.end(JSON.stringify(pairs));
  });
}
