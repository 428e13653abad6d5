import {
  BIGINT,
  BOOLEAN,
  type DuckDBDataChunk,
  DuckDBListValue,
  DuckDBScalarFunction,
  type DuckDBScalarFunctionInfo,
  type DuckDBType,
  type DuckDBVector,
  LIST,
  VARCHAR,
} from '@duckdb/node-api';
import { PythonExpression } from './expression.ts';
import type { Job } from './jobs.ts';
import { MatchLimit } from './match-limit.ts';

/** A block of rows may not hold up the process for longer: nothing else happens meanwhile. */
const MAX_BLOCK_MS = 20_000;

type Value = boolean | bigint | string | null | DuckDBListValue;
type Work = (text: string) => Value;

/** What a job does with a text; jobs come again with every block of rows. */
const known = new Map<string, Work>();
const MAX_KNOWN = 100;

function workOf(spec: string): Work {
  const before = known.get(spec);
  if (before) return before;
  if (known.size > MAX_KNOWN) known.clear();
  const work = makeWork(JSON.parse(spec) as Job);
  known.set(spec, work);
  return work;
}

function makeWork(job: Job): Work {
  const expression = new PythonExpression(job.pattern, job.flags, job.like);
  switch (job.do) {
    case 'search':
      return (text) => expression.search(text);
    case 'match':
      return (text) => expression.match(text);
    case 'fullmatch':
      return (text) => expression.fullMatch(text);
    case 'count':
      return (text) => BigInt(expression.count(text));
    case 'extract':
      return (text) => expression.group(text, 1);
    case 'findall':
      return (text) => new DuckDBListValue(expression.findAll(text));
    case 'split':
      return (text) => new DuckDBListValue(expression.split(text, job.most));
    case 'replace': {
      const replacement = expression.replacement(job.replacement);
      return (text) => expression.replace(text, replacement, job.most);
    }
  }
}

function carryOut(info: DuckDBScalarFunctionInfo, chunk: DuckDBDataChunk, output: DuckDBVector): void {
  const specs = chunk.getColumnVector(0);
  const texts = chunk.getColumnVector(1);
  const started = performance.now();
  let last: string | undefined;
  let lastValue: Value = null;
  try {
    for (let row = 0; row < chunk.rowCount; row++) {
      const text = texts.getItem(row) as string | null;
      const spec = specs.getItem(row) as string | null;
      // The same text often stands in many rows one after another.
      if (text === null || spec === null) lastValue = null;
      else if (text !== last) lastValue = workOf(spec)(text);
      last = text ?? undefined;
      output.setItem(row, lastValue);
      if (performance.now() - started > MAX_BLOCK_MS) throw new MatchLimit('takes too long');
    }
    output.flush();
  } catch (error) {
    const what = error instanceof MatchLimit ? error.message : String(error);
    info.setError(
      `the regular expression ${JSON.stringify(jobOf(specs.getItem(0)))} ${what} on a text of ${last?.length ?? 0} or more characters`,
    );
  }
}

function jobOf(spec: unknown): string {
  return typeof spec === 'string' ? (JSON.parse(spec) as Job).pattern : '';
}

function scalar(name: string, returnType: DuckDBType): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({ name, mainFunction: carryOut, returnType, parameterTypes: [VARCHAR, VARCHAR] });
}

export function patternFunctions(): DuckDBScalarFunction[] {
  return [
    scalar('python_re_test', BOOLEAN),
    scalar('python_re_count', BIGINT),
    scalar('python_re_text', VARCHAR),
    scalar('python_re_list', LIST(VARCHAR)),
  ];
}
