import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { APPEARANCES, noBrowser, openBrowser } from '../browser.ts';
import { IngestProject } from '../ingest/project.ts';
import { leavesOut } from '../second-part.ts';
import { LOTS, Workbench } from './workbench.ts';

interface Seen {
  wide: number;
  paper: string;
  /** Of each map, whether it takes some room. */
  maps: boolean[];
  text: boolean;
}

/** Runs in the page. */
const LOOK = `({
  wide: document.documentElement.scrollWidth,
  paper: getComputedStyle(document.body).backgroundColor,
  maps: [...document.querySelectorAll('svg.map')].map((svg) => svg.getBoundingClientRect().width > 100),
  text: document.body.innerText.includes('<script>'),
})`;

test('the page opens offline in Chromium, light and dark, wide and narrow: nothing is asked for, nothing runs, nothing is cut off', {
  skip: noBrowser,
}, async (t) => {
  const bench = await Workbench.make(t);
  const project = await IngestProject.make(t);
  const evil = `<script>document.title = 'run'</script><img src=http://127.0.0.1:9/x onerror="document.title = 'run'">`;
  const table = (value: string, by: number) =>
    `SELECT bbl, '${value.replaceAll("'", "''")}' || bbl AS owner, ST_SetCRS(CASE WHEN bbl < '1000010070' THEN ST_Buffer(geom, ${by}) ELSE geom END, 'EPSG:2263') AS geom FROM (${LOTS}) LIMIT 500`;
  await bench.write('before', table('owner ', 1));
  await bench.write('now', table(evil, 3));
  const file = path.join(project.dir, 'changes.html');
  const outcome = await project.runHere(['diff', bench.file('before'), bench.file('now'), '--html', file]);
  assert.equal(outcome.code, 0, outcome.stderr);

  const browser = await openBrowser(t);
  const papers = new Set<string>();
  leavesOut(t, 'light and narrow, dark and wide');
  for (const { colorScheme, width } of APPEARANCES) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    assert.deepEqual(asked, [pathToFileURL(file).href]);
    assert.match(await page.title(), /before\.parquet → .*now\.parquet/);
    const seen = await page.evaluate<Seen>(LOOK);
    assert.ok(seen.wide <= width, `${colorScheme}, ${width}: ${seen.wide} wide`);
    assert.deepEqual([seen.maps.length, seen.maps.every(Boolean), seen.text], [11, true, true]);
    papers.add(seen.paper);
    await page.close();
  }
  assert.equal(papers.size, 2, 'dark is not light');
});
