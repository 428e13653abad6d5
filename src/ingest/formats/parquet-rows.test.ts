import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { damage, seeded } from '../../../test/fixtures/mutate.ts';
import { engine } from '../../../test/fixtures/steps.ts';
import { casesOf } from '../../../test/second-part.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { decodeStruct, encodeStruct, type ThriftList, type ThriftStruct } from '../../parquet/thrift-compact.ts';
import { writeParquet } from '../../parquet/write.ts';
import { lateError } from '../late-error.ts';
import type { FormatContext } from './format.ts';
import { read } from './parquet.ts';

const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-parquet-rows-'));
test.after(() => rm(dir, { recursive: true }));
const good = path.join(dir, 'good.parquet');
await engine.run(
  `COPY (SELECT i, 'text ' || i AS t, [i, i + 1] AS l FROM range(3000) AS r(i)) TO ${literal(good)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
);
const bytes = await readFile(good);

let files = 0;

async function rowsOf(file: Buffer): Promise<number> {
  // DuckDB remembers footers by the file's name.
  const damaged = path.join(dir, `in-${files++}.parquet`);
  await writeFile(damaged, file);
  const relation = await read(damaged, { type: 'parquet' }, { engine, workDir: dir } as FormatContext);
  return (await writeParquet(engine, relation, path.join(dir, 'out.parquet'))).rows;
}

/** Field numbers of parquet.thrift. */
const [NUM_ROWS, ROW_GROUPS, GROUP_ROWS] = [3, 4, 3];

function withFooter(change: (footer: ThriftStruct, groups: ThriftStruct[]) => void): Buffer {
  const end = bytes.length - 8;
  const start = end - bytes.readUInt32LE(end);
  const footer = decodeStruct(bytes.subarray(start, end));
  change(footer, (footer.get(ROW_GROUPS)!.value as ThriftList).items as ThriftStruct[]);
  const written = encodeStruct(footer);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(written.length);
  return Buffer.concat([bytes.subarray(0, start), written, length, bytes.subarray(bytes.length - 4)]);
}

test('a file whose rows, row groups and columns state other numbers is refused with both', async () => {
  assert.equal(await rowsOf(bytes), 3000);
  const refused = (file: Buffer, message: RegExp) => assert.rejects(rowsOf(file), { code: 'ING_BAD_FILE', message });
  const more = withFooter((footer) => {
    footer.get(NUM_ROWS)!.value = 5000n;
  });
  await refused(more, /states 5000 rows, and its row groups hold 3000/);
  await refused(
    withFooter((_, groups) => void groups.pop()),
    /states 3000 rows, and its row groups hold 2048/,
  );
  const fewer = withFooter((footer, groups) => {
    footer.get(NUM_ROWS)!.value = 2952n;
    groups[0]!.get(GROUP_ROWS)!.value = 2000n;
  });
  await refused(fewer, /states 2000 rows for row group 1, and 2048 values of column/);
});

test('a damaged file is refused with a code, or has all its rows', async (t) => {
  const random = seeded(20261129);
  let published = 0;
  const cases = casesOf(t, 40, 150);
  for (let i = 0; i < cases; i++) {
    // What a reader goes by stands at the end.
    const file = damage(Buffer.from(bytes.toReversed()), random).reverse();
    try {
      assert.equal(await rowsOf(file), 3000, `mutant ${i}`);
      published++;
    } catch (error) {
      const told = lateError(error, 'mutant');
      if (!(told instanceof LifecycleError)) throw new Error(`mutant ${i}`, { cause: error });
    }
  }
  t.diagnostic(`${published} of ${cases} published`);
});
