import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workbench } from '../builds/workbench.ts';

/** Tells at the end which native libraries the process has loaded. */
const TELL = `data:text/javascript,
process.report.excludeNetwork = true;
process.on('exit', () => process.stderr.write(process.report.getReport().sharedObjects.join(' ')));`;

test('commands that read no data do without DuckDB, which takes longer to load than they do to run', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', command: 'echo done' });
  const said = async (...args: string[]) => {
    const { code, stderr } = await bench.run(args, { NODE_OPTIONS: `--import=${TELL.replaceAll(/\s+/g, '%20')}` });
    assert.equal(code, 0, stderr);
    return stderr;
  };
  for (const args of [
    ['build', 'p', 'k'],
    ['show', 'p@k'],
    ['list', 'builds'],
  ]) {
    assert.doesNotMatch(await said(...args), /duckdb/, args.join(' '));
  }
  // What tells it can tell it.
  assert.match(await said('sql', 'SELECT 1'), /duckdb/);
});
