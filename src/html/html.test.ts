import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailOf, map } from './map.ts';
import { escapeHtml, html } from './markup.ts';
import { page, table, value } from './page.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&lt;`;

test('what is put into a page is text, also in attributes; only what html made is markup', () => {
  const made = html`<p title="${HOSTILE}">${HOSTILE}</p>`.text;
  assert.equal(made.match(/</g)?.length, 2);
  assert.equal(made.match(/"/g)?.length, 2);
  assert.ok(made.includes('&amp;lt;'), 'what looks escaped already is escaped once more');
  assert.equal(html`${[html`<b>1</b>`, '<i>', null, undefined, false, 0]}`.text, '<b>1</b>&lt;i&gt;0');
});

test('controls and halves of characters become visible signs', () => {
  assert.equal(escapeHtml('a\u0000b\u001bc\ud800d\u0085'), 'a\u2400b\u241bc\ufffdd\ufffd');
  assert.equal(escapeHtml('a\tb\nc'), 'a\tb\nc');
});

test('a page forbids itself scripts and everything from elsewhere, and tells null from text', () => {
  const made = page({
    title: HOSTILE,
    body: table(
      [{ heading: HOSTILE }, { heading: 'n', align: 'right' }],
      [
        [value(HOSTILE), 1],
        [value(null), 2],
      ],
      HOSTILE,
    ),
  });
  assert.match(made, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
  assert.doesNotMatch(made, /<script|<img|https?:/);
  assert.match(made, /<td class="number">2<\/td>/);
  assert.match(made, /<span class="null">null<\/span>/);
});

test('a map draws polygons with holes, lines and points to scale, and marks what is too small to be seen', () => {
  const square = (x: number, side: number) => [
    [x, 0],
    [x + side, 0],
    [x + side, side],
    [x, side],
    [x, 0],
  ];
  const drawn = map({
    box: [0, 0, 100, 100],
    width: 100,
    height: 100,
    label: HOSTILE,
    layers: [
      { kind: 'now', geometries: [{ type: 'Polygon', coordinates: [square(0, 100), square(40, 20)] }] },
      { kind: 'added', isMarked: true, geometries: [{ type: 'MultiPolygon', coordinates: [[square(50, 0.1)]] }] },
      {
        kind: 'context',
        geometries: [
          {
            type: 'LineString',
            coordinates: [
              [0, 0, 9],
              [100, 100, 9],
            ],
          },
        ],
      },
      {
        kind: 'before',
        geometries: [
          { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [50, 50] }] },
          { type: 'Point', coordinates: [] },
        ],
      },
    ],
  }).text;
  assert.match(drawn, /d="M4 96L96 96L96 4L4 4L4 96zM40\.8 /);
  assert.match(drawn, /<g class="added"><path[^>]*\/><circle cx="50" cy="96"/);
  assert.match(drawn, /<path class="line" d="M4 96L96 4"\/>/);
  assert.match(drawn, /<g class="before"><circle cx="50" cy="50" r="4"\/><\/g>/);
  assert.doesNotMatch(drawn, /<script|NaN|Infinity/);
});

test('a map of one place, or of degrees far north, keeps its shape', () => {
  const box = [10, 60, 11, 61] as const;
  const [flat, north] = [false, true].map((isGeographic) => detailOf({ box, label: '', layers: [], isGeographic }));
  assert.ok(Math.abs(north! / flat! - 2) < 0.05, 'half as wide at 60 degrees');
  const point = map({
    box: [5, 5, 5, 5],
    label: '',
    layers: [{ kind: 'now', geometries: [{ type: 'Point', coordinates: [5, 5] }] }],
  });
  assert.match(point.text, /<circle cx="450" cy="280"/);
});
