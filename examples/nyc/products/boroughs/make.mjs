// Makes a table and a map of the boroughs from the three inputs of the recipe, which `load` has put into a database:
// the DuckDB file BUILD_DUCKDB, or the PostgreSQL at BUILD_ENGINE_SERVER when that is set. The same SQL reads both.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { drawMap } from './map.mjs';

const SQUARE_FEET_PER_SQUARE_MILE = 5280 ** 2;

const QUERY = `
  SELECT b.borough_code, b.borough, b.area_square_feet, p.population_2010, p.population_2020,
         h.housing_units, h.share_vacant, ST_AsText(b.geom) AS outline
  FROM nyc_boroughs b
  JOIN borough_population p USING (borough_code)
  JOIN borough_housing h USING (borough_code)
  ORDER BY b.borough_code`;

// Both packages come with lifecycle.
const load = createRequire(import.meta.url);

async function rowsFromDuckdb(file) {
  const { DuckDBInstance } = load('@duckdb/node-api');
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(QUERY)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function rowsFromPostgres(server, database, schema) {
  const { Client } = load('pg');
  const client = new Client({
    connectionString: `${server}/${database}`,
    options: `-c search_path=${schema},public`,
  });
  await client.connect();
  try {
    return (await client.query(QUERY)).rows;
  } finally {
    await client.end();
  }
}

function quoted(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const { BUILD_DUCKDB, BUILD_ENGINE_SERVER, BUILD_ENGINE_DB, BUILD_ENGINE_SCHEMA, BUILD_OUTPUT_DIR, VERSION } =
  process.env;
const rows = BUILD_ENGINE_SERVER
  ? await rowsFromPostgres(BUILD_ENGINE_SERVER, BUILD_ENGINE_DB ?? 'postgres', BUILD_ENGINE_SCHEMA)
  : await rowsFromDuckdb(BUILD_DUCKDB);
if (rows.length !== 5) throw new Error(`expected five boroughs, found ${rows.length}`);

const boroughs = rows.map((row) => {
  const squareMiles = Number(row.area_square_feet) / SQUARE_FEET_PER_SQUARE_MILE;
  const population = Number(row.population_2020);
  return {
    borough_code: Number(row.borough_code),
    borough: row.borough,
    square_miles: squareMiles.toFixed(1),
    population_2020: population,
    growth_since_2010_percent: ((population / Number(row.population_2010) - 1) * 100).toFixed(1),
    people_per_square_mile: Math.round(population / squareMiles),
    people_per_home: (population / (Number(row.housing_units) * (1 - Number(row.share_vacant)))).toFixed(2),
    outline: row.outline,
  };
});

const columns = Object.keys(boroughs[0]).filter((name) => name !== 'outline');
const lines = [columns, ...boroughs.map((borough) => columns.map((name) => borough[name]))];
writeFileSync(
  path.join(BUILD_OUTPUT_DIR, 'boroughs.csv'),
  `${lines.map((line) => line.map(quoted).join(',')).join('\n')}\n`,
);
console.log(`boroughs.csv: ${boroughs.length} rows, ${columns.length} columns`);

const svg = drawMap(boroughs, { version: VERSION });
writeFileSync(path.join(BUILD_OUTPUT_DIR, 'boroughs.svg'), svg);
console.log(`boroughs.svg: ${Math.round(svg.length / 1000)} kB`);
