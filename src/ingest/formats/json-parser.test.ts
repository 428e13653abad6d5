import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { randomly } from '../../../test/fixtures/random.ts';
import { casesOf } from '../../../test/second-part.ts';
import { Engine } from '../../engine/engine.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import { selectOf } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { read } from './json.ts';
import { parsePythonJson } from './json-parser.ts';
import { DEFAULT_READ_LIMITS } from './limits.ts';
import { entriesOf, isObject, type PythonJson, parseJson, parseJsonExactly } from './python-json.ts';

const NUMBERS = ['0', '-0', '7', '-12', '1.0', '-0.0', '2.50', '1e3', '1E-7', '3.25e+2', '123456789012345', '-1e400'];
const LARGE = ['1234567890123456', '9007199254740991', '9007199254740993', '-12345678901234567890'];
const WORDS = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'];
const TEXTS = [
  '""',
  '"a"',
  '"é 😀"',
  '"a\\"b\\\\"',
  '"\\u00e9\\n"',
  '"1"',
  '"[1, {]"',
  '"NaN"',
  '"\\ud800"',
  '"ends \\\\"',
];
const KEYS = [
  '"a"',
  '"b"',
  '"10"',
  '"2"',
  '"4294967295"',
  '"__proto__"',
  '"a b"',
  '"c\\"d"',
  '""',
  '"constructor"',
  '"ab"',
];

/** A document, with blanks here and there. */
function documentFrom(random: (below: number) => number, depth = 0): string {
  const one = <T>(values: readonly T[]) => values[random(values.length)]!;
  const blank = () => one(['', '', ' ', '\n', '\t \r\n']);
  const kind = random(depth > 3 ? 4 : 7);
  if (kind < 4) return one([NUMBERS, LARGE, WORDS, TEXTS, TEXTS][random(5)]!);
  const items = Array.from({ length: random(5) }, () => {
    const item = `${blank()}${documentFrom(random, depth + 1)}${blank()}`;
    return kind === 4 ? item : `${blank()}${one(KEYS)}${blank()}:${item}`;
  });
  return kind === 4 ? `[${items.join(',') || blank()}]` : `{${items.join(',') || blank()}}`;
}

/** With the order of members. */
function inOrder(value: PythonJson): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  return isObject(value) ? { members: entriesOf(value).map(([key, item]) => [key, inOrder(item)]) } : value;
}

function outcome(parse: () => PythonJson): unknown {
  try {
    return inOrder(parse());
  } catch {
    return 'refused';
  }
}

test('the parser takes what the language takes, and gives the same', () => {
  const random = randomly(11);
  let refused = 0;
  for (let i = 0; i < 4000; i++) {
    const whole = documentFrom(random);
    const from = random(whole.length);
    const marks = ['', ',', '"', ']', '}', '0', '-', '.', 'e', '\\', '\u0001', '1', 'x', ':'];
    // Every other one is spoilt at one place.
    const text = i % 2 ? whole.slice(0, from) + marks[random(marks.length)] + whole.slice(from + random(2)) : whole;
    const exactly = outcome(() => parseJsonExactly(text));
    if (exactly === 'refused') refused++;
    assert.deepEqual(
      outcome(() => parsePythonJson(text)),
      exactly,
      JSON.stringify(text),
    );
  }
  assert.ok(refused > 300 && refused < 2000, `${refused} were refused`);
});

test('lists deeper than a call in a call can go are left to the exact reader', () => {
  const depth = 4_000;
  const text = `${'['.repeat(depth)}1${']'.repeat(depth)}`;
  let [value, found] = [parseJson(text), 0];
  for (; Array.isArray(value); found++) value = value[0]!;
  assert.equal(found, depth);
  assert.throws(() => parseJson(`${'['.repeat(200_000)}1`), { code: /ING_LIMIT|ING_BAD_FILE/ });
});

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-json-parser-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

async function tableOf(fn: string, text: string, kwargs: object): Promise<unknown> {
  const file = path.join(dir, 'in.json');
  writeFileSync(file, text);
  const format = { type: 'json', json_read_fn: fn, json_read_kwargs: kwargs } as unknown as FormatArguments<'json'>;
  const context = { engine, workDir: dir, bounds: DEFAULT_READ_LIMITS } as unknown as FormatContext;
  try {
    const relation = await read(file, format, context);
    return {
      columns: relation.columns.map(({ name, type }) => [name, type]),
      rows: (await engine.rows(selectOf(relation))).map((row) => Object.values(row)),
    };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
}

test('records read from their bytes make the same table as from all values', async (t) => {
  const random = randomly(3);
  const one = <T>(values: readonly T[]) => values[random(values.length)]!;
  const names = ['"a"', '"b"', '"in"', '"in.b"', '"10"', '"__proto__"', '"c\\"d"', '""', '"\\u0061"', '"é"'];
  const outcomes = new Map<string, number>();
  const cases = casesOf(t, 40, 600);
  for (let i = 0; i < cases; i++) {
    // Each name mostly has values of its own kind, so that some type holds them.
    const kinds = new Map(names.map((name) => [name, one([NUMBERS, LARGE, TEXTS.slice(0, 8), ['true', 'null']])]));
    const value = (name: string): string => {
      if (name === '"in"') return `{${members(random(3))}}`;
      if (random(60) === 0) return documentFrom(random, 2);
      return random(8) === 0 ? 'null' : one(kinds.get(name)!);
    };
    function members(count: number): string {
      const chosen = Array.from({ length: count }, () => one(names));
      return chosen.map((name) => `${one(['', ' ', '\n'])}${name}:${one(['', ' '])}${value(name)}`).join(',');
    }
    const whole = `[${Array.from({ length: random(5) }, () => `{${members(random(6))}}`).join(one([',', ' ,\n']))}]`;
    const from = random(whole.length);
    const spoilt =
      whole.slice(0, from) + one(['', ',', '"', ']', '}', '0', '-', '.', 'x']) + whole.slice(from + random(2));
    const text = random(4) ? whole : spoilt;
    const found = await tableOf('normalize', text, {});
    assert.deepEqual(found, await tableOf('normalize', text, { errors: 'raise' }), text);
    const shallow = { max_level: random(3), sep: '_' };
    assert.deepEqual(
      await tableOf('normalize', text, shallow),
      await tableOf('normalize', text, { ...shallow, errors: 'raise' }),
      text,
    );
    for (const kwargs of [{}, { dtype: 'str' }, { dtype: false }])
      assert.deepEqual(
        await tableOf('read_json', text, kwargs),
        await tableOf('read_json', text, { ...kwargs, orient: 'values' }),
        text,
      );
    const outcome = String((found as { code?: string }).code ?? 'a table');
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.ok((outcomes.get('a table') ?? 0) > cases / 3, JSON.stringify([...outcomes]));
});

test('records taken one by one make the same table as all at once', async () => {
  const random = randomly(5);
  const one = <T>(values: readonly T[]) => values[random(values.length)]!;
  const lists = Array.from({ length: 40 }, () => {
    const record = () =>
      `{${[
        ...(random(9) ? [`"n": ${one(['1', '2', '-3'])}`] : []),
        ...(random(3) ? [`"x": ${one(['1.5', '2.0', 'null'])}`] : []),
        `"t": ${one(['"a"', '"é"', '"7"', 'null'])}`,
        ...(random(2) ? [`"in": {"b": ${one(['1', 'null'])}, "c": {"d": "${random(9)}"}, "e": {}}`] : []),
        ...(random(4) ? [] : [`"in.b": 8`]),
        `"10": [${random(5)}, "x"]`,
      ].join(', ')}}`;
    return `[${Array.from({ length: random(6) }, record).join(',\n')}]`;
  });
  const odd = [
    '[]',
    '[{}]',
    '[null]',
    '[{"a": 1}, null]',
    '[{"a": 1}, 2]',
    '[1, 2]',
    '[{"a": 1}',
    '[{"a": 1},]',
    ' {"a": [1]}',
  ];
  for (const text of [...lists, ...odd]) {
    // An option without effect asks for the exact way.
    assert.deepEqual(await tableOf('normalize', text, {}), await tableOf('normalize', text, { errors: 'raise' }), text);
    assert.deepEqual(
      await tableOf('read_json', text, {}),
      await tableOf('read_json', text, { orient: 'values' }),
      text,
    );
  }
});
