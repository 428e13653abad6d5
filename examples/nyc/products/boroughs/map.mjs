// Draws the boroughs as an SVG picture, coloured by how densely people live. Needs no package.

const WIDTH = 960;
const MARGIN = { top: 96, right: 40, bottom: 56, left: 40 };
/** How far, in pixels, a point may lie off the line between its neighbours and still be left out. */
const TOLERANCE = 0.35;
const CLASSES = [
  { upTo: 10_000, colour: '#d8ecd9' },
  { upTo: 25_000, colour: '#a3d5c1' },
  { upTo: 35_000, colour: '#5fb3b3' },
  { upTo: 50_000, colour: '#2f86a6' },
  { upTo: Number.POSITIVE_INFINITY, colour: '#1d4e89' },
];

/** Rings of a POLYGON or MULTIPOLYGON in well-known text, each a list of [x, y]. */
function ringsOf(text) {
  return [...text.matchAll(/\(([^()]+)\)/g)].map(([, ring]) =>
    ring.split(',').map((point) => point.trim().split(/\s+/).slice(0, 2).map(Number)),
  );
}

function signedArea(ring) {
  let sum = 0;
  for (let i = 0; i < ring.length - 1; i++) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  return sum / 2;
}

function centroid(ring) {
  const area = signedArea(ring);
  let [x, y] = [0, 0];
  for (let i = 0; i < ring.length - 1; i++) {
    const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
    x += (ring[i][0] + ring[i + 1][0]) * cross;
    y += (ring[i][1] + ring[i + 1][1]) * cross;
  }
  return [x / (6 * area), y / (6 * area)];
}

/** The points of a line that matter (Ramer, Douglas and Peucker), without recursion: coast lines are long. */
function simplified(points) {
  const keep = new Set([0, points.length - 1]);
  const spans = [[0, points.length - 1]];
  while (spans.length > 0) {
    const [from, to] = spans.pop();
    const [ax, ay] = points[from];
    const [dx, dy] = [points[to][0] - ax, points[to][1] - ay];
    const length = Math.hypot(dx, dy);
    let [farthest, distance] = [from, TOLERANCE];
    for (let i = from + 1; i < to; i++) {
      const [px, py] = [points[i][0] - ax, points[i][1] - ay];
      // A ring begins where it ends: then it is the distance to that point that counts.
      const off = length === 0 ? Math.hypot(px, py) : Math.abs(px * dy - py * dx) / length;
      if (off > distance) [farthest, distance] = [i, off];
    }
    if (farthest === from) continue;
    keep.add(farthest);
    spans.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, i) => keep.has(i));
}

function pathOf(rings, toPixel) {
  return rings
    .map((ring) => simplified(ring.map(toPixel)))
    .filter((points) => points.length > 3)
    .map((points) => `M${points.map(([x, y]) => `${+x.toFixed(1)},${+y.toFixed(1)}`).join('L')}Z`)
    .join('');
}

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
}

const thousands = (value) => value.toLocaleString('en-US');

function legend(top) {
  const entries = CLASSES.map(({ upTo, colour }, index) => {
    const from = index === 0 ? 0 : CLASSES[index - 1].upTo;
    const label = Number.isFinite(upTo) ? `${thousands(from)} – ${thousands(upTo)}` : `over ${thousands(from)}`;
    const y = top + 26 + index * 26;
    return `<rect x="${MARGIN.left}" y="${y}" width="30" height="18" rx="3" fill="${colour}" stroke="#ffffff"/>
    <text x="${MARGIN.left + 42}" y="${y + 14}" class="legend">${label}</text>`;
  });
  return `<text x="${MARGIN.left}" y="${top + 8}" class="heading">People per square mile, 2020</text>
    ${entries.join('\n    ')}`;
}

/** `boroughs`: rows of the table with their outline in feet. */
export function drawMap(boroughs, { version }) {
  const shapes = boroughs.map((borough) => ({ borough, rings: ringsOf(borough.outline) }));
  const points = shapes.flatMap(({ rings }) => rings.flat());
  const [left, right, bottom, top] = points.reduce(
    ([west, east, south, north], [x, y]) => [
      Math.min(west, x),
      Math.max(east, x),
      Math.min(south, y),
      Math.max(north, y),
    ],
    [Infinity, -Infinity, Infinity, -Infinity],
  );
  const scale = (WIDTH - MARGIN.left - MARGIN.right) / (right - left);
  const height = Math.ceil((top - bottom) * scale + MARGIN.top + MARGIN.bottom);
  const toPixel = ([x, y]) => [MARGIN.left + (x - left) * scale, MARGIN.top + (top - y) * scale];

  const areas = shapes.map(({ borough, rings }) => {
    const { colour } = CLASSES.find(({ upTo }) => borough.people_per_square_mile <= upTo);
    const title = `${borough.borough}: ${thousands(borough.people_per_square_mile)} people per square mile`;
    return `<path d="${pathOf(rings, toPixel)}" fill="${colour}"><title>${escaped(title)}</title></path>`;
  });
  const labels = shapes.map(({ borough, rings }) => {
    const largest = rings.reduce((a, b) => (Math.abs(signedArea(b)) > Math.abs(signedArea(a)) ? b : a));
    const [x, y] = toPixel(centroid(largest)).map(Math.round);
    return `<text x="${x}" y="${y}" class="name">${escaped(borough.borough)}</text>
    <text x="${x}" y="${y + 19}" class="figure">${thousands(borough.population_2020)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Map of the boroughs of New York City by population density">
  <style>
    text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #16324a; }
    .title { font-size: 28px; font-weight: 650; }
    .subtitle, .note { font-size: 14px; fill: #4d6578; }
    .heading { font-size: 14px; font-weight: 600; }
    .legend { font-size: 13px; font-variant-numeric: tabular-nums; }
    .name { font-size: 18px; font-weight: 650; }
    .figure { font-size: 14px; font-variant-numeric: tabular-nums; }
    .name, .figure { text-anchor: middle; paint-order: stroke; stroke: #ffffffd9; stroke-width: 4px; stroke-linejoin: round; }
  </style>
  <rect width="${WIDTH}" height="${height}" fill="#eef4f8"/>
  <text x="${MARGIN.left}" y="50" class="title">The five boroughs</text>
  <text x="${MARGIN.left}" y="74" class="subtitle">Population of 2020 and how densely it lives · build ${escaped(version)}</text>
  <g stroke="#ffffff" stroke-width="0.8" stroke-linejoin="round" fill-rule="evenodd">
    ${areas.join('\n    ')}
  </g>
  <g>
    ${labels.join('\n    ')}
  </g>
  <g>
    ${legend(130)}
  </g>
  <text x="${MARGIN.left}" y="${height - 22}" class="note">Boundaries: NYC Department of City Planning. Population: decennial census.</text>
</svg>
`;
}
