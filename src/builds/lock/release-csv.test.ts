import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvLine, parseCsv, ReleaseColumnProblem, readReleaseCsv } from './release-csv.ts';

test('versions come from either spelling of the columns; the last row of an id counts', () => {
  assert.deepEqual(
    [...readReleaseCsv('schema_name,x,v\na,1,24v1\nb,2,\na,3,"24v2"\nc,4,NA\n').versions],
    [
      ['a', '24v2'],
      ['b', null],
      ['c', null],
    ],
  );
  assert.deepEqual([...readReleaseCsv('version,dataset\r\n1,a\r\n').versions], [['a', '1']]);
  assert.throws(() => readReleaseCsv('name,v\na,1\n'), ReleaseColumnProblem);
  assert.throws(() => readReleaseCsv('schema_name\na\n'), ReleaseColumnProblem);
});

test('a line that was written is read back', () => {
  const fields = ['a,b', 'say "x"', 'two\nlines', '', 'plain'];
  assert.equal(csvLine(fields), '"a,b","say ""x""","two\nlines",,plain\r\n');
  assert.deepEqual(parseCsv(csvLine(fields)), [fields]);
  assert.equal(csvLine([null, 'x']), ',x\r\n');
});
