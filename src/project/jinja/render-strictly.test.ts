import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderStrictly } from './render-strictly.ts';

const render = async (text: string, variables: Record<string, string> = {}) => {
  const rendering = await renderStrictly(text, (name) => variables[name]);
  return rendering.problem ? `${rendering.problem.kind} ${rendering.problem.name ?? ''}`.trim() : rendering.text;
};

test('a variable that is not set may be asked for, but not used', async () => {
  assert.equal(await render('{% if A is defined %}x{% else %}y{% endif %}'), 'y');
  assert.equal(await render("{{ A | default('z') }}"), 'z');
  assert.equal(await render("{{ A | d('z') | upper }}"), 'Z');
  for (const use of [
    '{{ A }}',
    '{{ A.x }}',
    '{% if A %}{% endif %}',
    "{{ A == 'x' }}",
    '{% for a in A %}{% endfor %}',
    "{{ 'x' if A else 'y' }}",
  ]) {
    assert.equal(await render(use), 'template_undefined A', use);
  }
  assert.equal(await render('{% if A is defined %}{{ A }}{% endif %}'), '');
});

test('values print, slice and change as Python’s text does', async () => {
  const variables = { V: '26v1.2' };
  assert.equal(
    await render("{{ V[:2] }} {{ V[-1] }} {{ V.split('v')[1] }} {{ V.upper() }} {{ V.replace('.', '_') }}", variables),
    '26 2 1.2 26V1.2 26v1_2',
  );
  assert.equal(await render('{{ 1 == 1 }} {{ None }} {{ [1, 2] | length }}'), 'True None 2');
  assert.equal(await render('{% raw %}{{ V }}{% endraw %}{# gone #}'), '{{ V }}');
  assert.equal(await render("{{ V['length'] is defined }}", variables), 'False');
});

test('line ends are line feeds, and the last one goes, as in Jinja', async () => {
  assert.equal(await render('a\r\nb\r\n'), 'a\nb');
  assert.equal(await render('{{ 1 }}\r\nb\n\n'), '1\nb\n');
});

test('a problem has its place', async () => {
  const undefinedName = await renderStrictly('a\n  {{ B }}', () => undefined);
  assert.deepEqual(undefinedName.problem && [undefinedName.problem.line, undefinedName.problem.column], [2, 6]);
  const syntax = await renderStrictly('a\n{% if %}', () => undefined);
  assert.deepEqual([syntax.problem?.kind, syntax.problem?.line], ['template_syntax', 2]);
});
