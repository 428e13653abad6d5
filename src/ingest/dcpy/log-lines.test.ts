import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonLog } from './log-lines.ts';

const CASES: [string, string, string][] = [
  ['20:56:49 INFO:dcpy:Reading definition', 'info', 'Reading definition'],
  ['20:56:49 WARNING:dcpy:a: b', 'warning', 'a: b'],
  ['2026-01-02 20:56:49,123 CRITICAL:dcpy.connectors:gone', 'error', 'gone'],
  ['ERROR:root:no', 'error', 'no'],
  ['DEBUG:a:b', 'debug', 'b'],
  ['printed', 'info', 'printed'],
  ['/opt/x/frame.py:12: UserWarning: many columns', 'warning', 'UserWarning: many columns'],
];

for (const [line, level, text] of CASES) {
  test(`a line of Python's: ${line}`, () => {
    assert.deepEqual(new PythonLog().line(line), { level, text });
  });
}

test('a traceback is for debugging, up to the next logged line; an empty line is nothing', () => {
  const log = new PythonLog();
  const lines = ['Traceback (most recent call last):', '  File "a.py", line 1', 'ValueError: no', '', 'INFO:dcpy:on'];
  assert.deepEqual(
    lines.map((line) => log.line(line)?.level),
    ['debug', 'debug', 'debug', undefined, 'info'],
  );
});
