import assert from 'node:assert/strict';
import { test } from 'node:test';
import { undeclaredVariables } from './variables.ts';

async function names(text: string): Promise<string[]> {
  const reading = await undeclaredVariables(text);
  assert.ok(!reading.problem, reading.problem?.message);
  return reading.variables.map((variable) => variable.name).sort();
}

test('variables are found in the syntax, not in the text', async () => {
  assert.deepEqual(await names('no markup, but version'), []);
  assert.deepEqual(await names('{{ version }}'), ['version']);
  assert.deepEqual(await names('{{ "version" }} {# version #} {% raw %}{{ version }}{% endraw %}'), []);
  assert.deepEqual(await names('{{ version[2:] }}{{ version | replace(".", other) }}{{ version.upper() }}'), [
    'other',
    'version',
  ]);
  assert.deepEqual(await names('{% for v in versions %}{{ v }}{{ loop.index }}{% endfor %}'), ['versions']);
  assert.deepEqual(await names('{% for v in versions if v != other %}{{ v }}{% endfor %}'), ['other', 'versions']);
  assert.deepEqual(await names('{% set v = version %}{{ v }}{% if v is defined and w %}{% endif %}'), ['version', 'w']);
  assert.deepEqual(await names('{{ range(3) }}{{ dict(a=b) }}{{ True }}'), ['b']);
});

test('the place of a variable and of a mistake', async () => {
  assert.deepEqual(await undeclaredVariables('a: 1\nb: {{ nope }}'), {
    variables: [{ name: 'nope', line: 2, column: 7 }],
  });
  const reading = await undeclaredVariables('a: 1\nb: {{ version }\n');
  assert.equal(reading.problem?.line, 2);
});
