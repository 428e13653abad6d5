import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../../test/fixtures/cpu-time.ts';
import { BOTH_PARTS, leavesOut } from '../../../test/second-part.ts';
import { type RenderOptions, renderStrictly } from './render-strictly.ts';

const CANARY = 'canary-of-the-environment';

async function render(
  text: string,
  variables: Record<string, string> = {},
  options: RenderOptions = {},
): Promise<string> {
  const names = new Map(Object.entries({ version: '26v1.2', ...variables }));
  const rendering = await renderStrictly(text, (name) => names.get(name), { missingMember: '', ...options });
  return rendering.problem ? `! ${rendering.problem.message}` : rendering.text;
}

const CALL = "('return process.env.LIFECYCLE_CANARY')()";
const ESCAPES = [
  `{{ version.constructor.constructor${CALL} }}`,
  `{{ version['constructor']['constructor']${CALL} }}`,
  `{{ version['con' + 'structor']['con' ~ 'structor']${CALL} }}`,
  `{{ range.constructor${CALL} }}`,
  `{{ range['constructor']${CALL} }}`,
  `{{ version.upper.constructor${CALL} }}`,
  `{{ (version | default).constructor.constructor${CALL} }}`,
  `{{ [].constructor.constructor${CALL} }}`,
  `{{ [].map.constructor${CALL} }}`,
  `{{ {}.constructor.constructor${CALL} }}`,
  `{{ {a: 1}.get.constructor${CALL} }}`,
  `{{ (1).constructor.constructor${CALL} }}`,
  `{{ true.constructor.constructor${CALL} }}`,
  `{{ cycler('a').next.constructor${CALL} }}`,
  `{{ cycler.constructor${CALL} }}`,
  `{{ joiner().constructor${CALL} }}`,
  `{{ joiner.constructor${CALL} }}`,
  `{% for x in [1] %}{{ loop.constructor.constructor${CALL} }}{% endfor %}`,
  `{% for x in [1] %}{{ loop.cycle.constructor${CALL} }}{% endfor %}`,
  `{% macro m() %}{{ caller.constructor${CALL} }}{% endmacro %}{{ m() }}{{ m.constructor${CALL} }}`,
  `{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ range.constructor${CALL} }}{% endcall %}`,
  `{% set __proto__ = {polluted: 'x'} %}{{ __proto__.constructor.constructor${CALL} }}`,
  `{% set constructor = version %}{{ constructor.constructor.constructor${CALL} }}`,
  `{% set hasOwnProperty = 1 %}{{ {}.hasOwnProperty }}{{ __proto__ }}`,
  `{% set x = version.__proto__ %}{{ x.constructor.constructor${CALL} }}`,
  `{{ __proto__.constructor.constructor${CALL} }}`,
  `{{ constructor.constructor${CALL} }}`,
  `{{ toString.constructor${CALL} }}`,
  `{{ this.constructor.constructor${CALL} }}`,
  `{{ [version] | map(attribute='constructor.constructor') | first }}`,
  `{{ ([range] | map(attribute='constructor') | first)${CALL} }}`,
  `{{ [version] | map('constructor') | list }}`,
  `{{ [version] | sort(attribute='__proto__.constructor') | join(attribute='constructor') }}`,
  `{{ [version] | groupby('constructor') }}`,
  `{{ version | constructor }}{{ version | __proto__ }}`,
  `{{ version is constructor }}{{ [1] | select('__proto__') | list }}`,
  `{{ [1] | sum(attribute='constructor') }}{{ version | attr('constructor') }}`,
  `{{ super() }}{{ self }}{{ process }}{{ globalThis }}{{ global }}{{ require }}`,
  `{% include "/etc/passwd" %}`,
  `{% import "/etc/passwd" as p %}{{ p }}`,
  `{% from "/etc/passwd" import p %}{{ p }}`,
  `{% extends "/etc/passwd" %}`,
  `{% block a %}{{ super() }}{% endblock %}`,
  `{{ r/a/.constructor.constructor${CALL} }}`,
  `{{ lipsum.__globals__.os.environ }}{{ dict.constructor${CALL} }}`,
  `{{ version.format.constructor${CALL} }}{{ '{0.constructor}'.format(range) }}`,
  `{{ ''.__class__.__mro__[1].__subclasses__() }}`,
  `{{ $check.constructor${CALL} }}`,
];

test('no way leads out of a template', async () => {
  process.env.LIFECYCLE_CANARY = CANARY;
  for (const attack of ESCAPES) {
    const text = await render(attack);
    assert.doesNotMatch(text, new RegExp(`${CANARY}|function\\s*\\w*\\(|native code|\\[object|=>|root:`), attack);
    assert.ok(text.startsWith('! ') || /^[\s\w.'[\]]*$/.test(text), `${attack} gave ${text}`);
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

const ENDLESS = [
  '{% for i in range(10**9) %}x{% endfor %}',
  "{{ 'a' * 10**9 }}",
  '{{ [0] * 10**9 }}',
  '{% for i in range(90000) %}{% for j in range(90000) %}{% for k in range(90000) %}{% endfor %}{% endfor %}{% endfor %}',
  `{% set x = 'aaaaaaaa' %}${'{% set x = x ~ x %}'.repeat(60)}{{ x }}`,
  `{% set x = [1] %}${'{% set x = [x, x] %}'.repeat(60)}{{ x == x }}`,
  `{% set x = [1] %}${'{% set x = x + x %}'.repeat(60)}{{ x | length }}`,
  `{% set x = 'ab' %}${"{% set x = x | replace('', x) %}".repeat(30)}`,
  `{% set x = 'ab' %}${"{% set x = x.replace('a', x) %}".repeat(60)}`,
  `{% set x = ['ab', 'ab'] %}${'{% set x = [x | join(x | join), x | join] %}'.repeat(60)}`,
  '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}',
  "{{ version.zfill(10**9) }}{{ version.rjust(10**9, 'x') }}",
  "{{ range(90000) | map('default') | map('string') | join('x' * 4000) }}",
  `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`,
  `{{ 1${' + 1'.repeat(100_000)} }}`,
  `{{ ${'[0]'.repeat(1)}${'[0]'.repeat(50_000)} }}`,
  // One long text, looked at again and again.
  ...[
    '{{ [s] * 90000 | sort | length }}{{ ([s] * 90000) | sort | length }}',
    '{{ ([s] * 90000) | max | length }}',
    '{% for i in r %}{% if s | lower == i %}{% endif %}{% endfor %}',
    '{% for i in r %}{% if s is lower %}{% endif %}{% endfor %}',
    "{% for i in r %}{% if s.count('a') == i or 'b' in s %}{% endif %}{% endfor %}",
    '{% for i in r %}{% if s | title == i %}{% endif %}{% endfor %}',
    '{% for i in r %}{% if [s] == [s ~ i] %}{% endif %}{% endfor %}',
    '{% for i in r %}{% if -1 in r %}{% endif %}{% endfor %}',
  ].map((loop) => `{% set s = 'a' * 4000000 %}{% set r = range(90000) %}${loop}`),
  `{% set s = '1' * 2000000 ~ 'x' %}{% for i in range(90000) %}{{ s | float }}{% endfor %}`,
  // What is no list is tried as a slice, at each level.
  ...['[', 'a['].map((opening) => `{{ ${opening.repeat(40)}1 1${']'.repeat(40)} }}`),
  `{{ ${'['.repeat(3_000)}1${']'.repeat(3_000)} }}`,
];

test('nothing takes long or grows large', async (t) => {
  leavesOut(t, 'the time of renderings that may cost as much as usual');
  const options = BOTH_PARTS ? {} : { work: 5_000_000 };
  for (const text of ENDLESS) {
    const start = cpuTime();
    const result = await render(text, {}, options);
    assert.ok(result.startsWith('! '), `${text.slice(0, 80)} gave ${result.slice(0, 80)}`);
    assert.ok(cpuTime() - start < 5_000, `${text.slice(0, 80)} took ${cpuTime() - start} ms of CPU`);
  }
});

test('what templates say is said as in Jinja', async () => {
  const cases: [string, string][] = [
    [
      "{{ version | replace('.', '_') }} {{ version[:-2] }} {{ version[2:] }} {{ version[::-1] }}",
      '26v1_2 26v1 v1.2 2.1v62',
    ],
    ["{{ version.split('v')[0] | int + 1 }} {{ version.split('v') | last | float }}", '27 1.2'],
    ["{% if version == '26v1.2' %}a{% elif version %}b{% else %}c{% endif %}", 'a'],
    ["{% for a, b in {'x': 1, 'y': 2}.items() %}{{ a }}{{ b }}{{ ',' if not loop.last }}{% endfor %}", 'x1,y2'],
    ['{% for i in range(3) %}{{ i }}{% else %}none{% endfor %}{% for i in [] %}{% else %}none{% endfor %}', '012none'],
    ["{% set v = version.upper() %}{% for i in [1] %}{% set v = 'inner' %}{% endfor %}{{ v }}", '26V1.2'],
    ['{% set v %}a{{ version }}{% endset %}{{ v }}{% filter upper %}b{{ v }}{% endfilter %}', 'a26v1.2BA26V1.2'],
    [
      "{{ ['b', 'A'] }} {{ {'a': None} }} {{ (1, 2) | length }} {{ ['b', 'A'] | sort | join('-') }}",
      "['b', 'A'] {'a': None} 2 A-b",
    ],
    ["{{ 'a' in version }} {{ 'v' in version and 7 // 2 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ 'x' ~ 1 }}", 'False 3 2 8 x1'],
    [
      '{{ version is string }} {{ version is not none }} {{ 4 is divisibleby(2) }} {{ 1 < 2 < 3 }}',
      'True True True True',
    ],
    ["{% macro m(a, b='z') %}[{{ a }}{{ b }}]{% endmacro %}{{ m('x') }}{{ m('x', b='y') }}", '[xz][xy]'],
    ["{{ version.x }}|{{ version.x | default('none') }}|{{ missing | default('d', true) }}", '|none|d'],
    ['a\n{%- if true %}\n  b\n{%- endif %}\nc', 'a\n  b\nc'],
    ["{{ ['a.b', 'c'] | map('upper') | list }} {{ [{'n': 'q'}] | map(attribute='n') | join }}", "['A.B', 'C'] q"],
    ['{% for i in [1, 2, 3] if i > 1 %}{{ loop.index }}{{ i }}{% endfor %}', '1223'],
    ['{% for i in [1] if i > 1 %}{% else %}none{% endfor %}', 'none'],
    ['{# {{ version }} #}{% raw %}{{ version }}{% endraw %}', '{{ version }}'],
  ];
  for (const [template, expected] of cases) assert.equal(await render(template), expected, template);
});

test('what is not there is named, with what there is', async () => {
  assert.match(await render('{{ version | format(1) }}'), /^! there is no filter format \(there are .*replace/);
  assert.match(await render("{{ version is match('x') }}"), /^! there is no test match \(there are .*defined/);
  assert.match(await render("{{ '{}'.format(1) }}"), /^! a text has no format\(\) \(it has .*zfill/);
  assert.equal(await render('{{ version() }}'), '! a text cannot be called');
});

test('a mistake has the place where it was made', async () => {
  const rendering = await renderStrictly("a\nb: {{ 'x' + 1 }}", () => undefined);
  assert.deepEqual(rendering.problem, {
    kind: 'template_failed',
    message: 'a text and a number cannot be combined like this',
    line: 2,
    column: rendering.problem!.column,
  });
});
