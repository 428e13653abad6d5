import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesOf } from './dataset-checks.ts';
import { readTemplate } from './template.ts';

const HEAD = `id: t
attributes: {name: T}
ingestion:
  source: {type: local_file, path: t.csv}
  file_format: {type: csv}
`;

async function read(checks: string) {
  const { definition, findings } = await readTemplate('/project/ingest_templates/t.yml', `${HEAD}checks:\n${checks}`);
  const told = findings.map(({ place, code, message, hint }) => [
    `${place!.line}:${place!.column} ${code} ${message}`,
    ...(hint ? [hint] : []),
  ]);
  return { rules: rulesOf(definition?.datasets[0]?.checks), told: told.map((parts) => parts.join(' | ')) };
}

test('rules are read by name, as text or with arguments and settings', async () => {
  const { rules, told } = await read(`- row_count: {args: {max_decrease: 20, max_increase: 0.5}}
- same_columns
- same_crs: {warn_only: true, description: why}
- within_crs_area: {args: {}}
`);
  assert.deepEqual(told, []);
  assert.deepEqual(rules, {
    row_count: { max_decrease: 20, max_increase: 0.5, warn_only: false },
    same_columns: { warn_only: false },
    same_crs: { warn_only: true },
    within_crs_area: { warn_only: false },
  });
});

test("checks of the department's tools are kept and mean nothing here", async () => {
  const { rules, told } = await read('- greater_than: {args: {min_value: 1}}\n- is_geom_point\n- anything: 5\n');
  assert.deepEqual([rules, told], [{}, []]);
});

test('every mistake in a rule has its place', async () => {
  const { told } = await read(`- row_count: {args: {max_decreas: 20}}
- row_count
- row_count: {args: {}}
- row_count: {args: {max_decrease: -1}}
- same_crs: {warn_onl: true}
- same_columns: yes
- within_crs_area: {args: {max_share: "5"}, warn_only: "no"}
`);
  assert.deepEqual(told, [
    '7:22 PRJ_UNKNOWN_KEY checks[0].row_count.args.max_decreas: there is no field `max_decreas` here | did you mean max_decrease?',
    '8:3 PRJ_MISSING_FIELD checks[1]: the check row_count needs `args` with max_decrease or max_increase',
    '9:21 PRJ_WRONG_VALUE checks[2].row_count.args: row_count needs one of max_decrease, max_increase',
    '10:36 PRJ_WRONG_VALUE checks[3].row_count.args.max_decrease: expected a number of percent, such as 50, found the number -1',
    '11:14 PRJ_UNKNOWN_KEY checks[4].same_crs.warn_onl: there is no field `warn_onl` here | did you mean warn_only?',
    '12:17 PRJ_WRONG_VALUE checks[5].same_columns: expected a map, found the boolean true',
    '13:39 PRJ_WRONG_VALUE checks[6].within_crs_area.args.max_share: expected a number of percent, such as 50, found "5"',
    '13:56 PRJ_WRONG_VALUE checks[6].within_crs_area.warn_only: expected true or false, found "no"',
  ]);
});
