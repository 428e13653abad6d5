import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crsProblem } from './crs-field.ts';
import { readTemplate } from './template.ts';

test('a code that does not exist is refused wherever a template names it, with those that are near', async () => {
  const text = `id: t
attributes: {name: T}
ingestion:
  target_crs: EPSG:2236344
  source: {type: local_file, path: t.csv}
  file_format: {type: csv, geometry: {crs: "epsg:32681", geom_column: g}}
  processing_steps:
  - {name: reproject, args: {target_crs: "urn:ogc:def:crs:EPSG::43266"}}
  - {name: convert_to_geometry, args: {geom_column: a, crs: "ESRI:1027188"}}
  - {name: pd_df_func, args: {function_name: to_crs, geo: true, epsg: 22630}}
`;
  const { findings, definition } = await readTemplate('/project/ingest_templates/t.yml', text);
  assert.equal(definition, undefined);
  assert.deepEqual(
    findings.map(({ code, place, message, hint }) => [
      code,
      place!.line,
      place!.column,
      message.split(': ')[0],
      hint?.split(' or ')[0],
    ]),
    [
      ['PRJ_UNKNOWN_CRS', 4, 15, 'ingestion.target_crs', 'did you mean EPSG:22644'],
      ['PRJ_UNKNOWN_CRS', 6, 44, 'ingestion.file_format.geometry.crs', 'did you mean EPSG:32618'],
      ['PRJ_UNKNOWN_CRS', 8, 42, 'ingestion.processing_steps[0].args.target_crs', 'did you mean EPSG:4326'],
      ['PRJ_UNKNOWN_CRS', 9, 61, 'ingestion.processing_steps[1].args.crs', 'did you mean ESRI:102718'],
      ['PRJ_UNKNOWN_CRS', 10, 71, 'ingestion.processing_steps[2].args.epsg', 'did you mean EPSG:2263'],
    ],
  );
});

test('the systems of files have a code as well', async () => {
  for (const format of ['shapefile', 'geodatabase', 'geojson']) {
    const ingestion = {
      source: { type: 'local_file', path: 'a.zip' },
      file_format: { type: format, crs: 'EPSG:99999' },
    };
    const text = JSON.stringify({ id: 't', attributes: { name: 'T' }, ingestion });
    const { findings } = await readTemplate('/project/ingest_templates/t.yml', text);
    assert.deepEqual(
      findings.map((finding) => finding.code),
      ['PRJ_UNKNOWN_CRS'],
      format,
    );
  }
});

test('what exists, and what only a run can judge, is taken', () => {
  const taken = [
    'EPSG:4326',
    ' epsg:2263 ',
    '2263',
    'ESRI:102718',
    'OGC:CRS84',
    'OGC:CRS84h',
    'urn:ogc:def:crs:OGC:1.3:CRS84',
  ];
  const open = [
    'IGNF:LAMB93',
    'WGS84',
    'GEOGCS["x",AUTHORITY["EPSG","99999"]]',
    '+proj=utm +zone=18',
    'EPSG:version',
    'EPSG:2263+5703',
    '',
  ];
  for (const name of [...taken, ...open]) assert.equal(crsProblem(name), undefined, name);
});
