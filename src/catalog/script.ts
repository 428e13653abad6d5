/** Ages are told on the day that somebody reads the page: it is not written anew for the passing of time. */
const AGE = `
const days = (iso) => Math.max(0, Math.floor((Date.now() - Date.parse(iso)) / 86400000));
const ago = (n) => n === 0 ? 'today' : n < 60 ? n + (n === 1 ? ' day' : ' days') : n < 730 ? Math.round(n / 30.4) + ' months' : Math.round(n / 365.25) + ' years';
for (const each of document.querySelectorAll('[data-since]')) each.textContent = ago(days(each.dataset.since));
`;

export const AGES_SCRIPT: string = `'use strict';${AGE}`;

/** The search of the first page: every word has to stand somewhere in the id, the name, the description or a column. */
export const SEARCH_SCRIPT: string = `'use strict';${AGE}
const entries = JSON.parse(document.getElementById('index').textContent);
const items = [...document.querySelectorAll('.found > li')];
const query = document.getElementById('query');
const facets = [...document.querySelectorAll('select[data-facet]')];
const count = document.getElementById('count');
const ageOf = ({ made }) => made === null ? 'never' : days(made) <= 7 ? 'week' : days(made) <= 31 ? 'month' : days(made) <= 366 ? 'year' : 'older';
const texts = entries.map((entry) => [entry.id, entry.name, entry.description].join('\\n').toLowerCase());
function show() {
  const words = query.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  entries.forEach((entry, i) => {
    const columns = entry.columns.filter((name) => words.some((word) => name.toLowerCase().includes(word)));
    const isFound = words.every((word) => texts[i].includes(word) || entry.columns.some((name) => name.toLowerCase().includes(word)));
    const fits = facets.every(({ value, dataset }) => value === '' || [dataset.facet === 'age' ? ageOf(entry) : entry[dataset.facet]].flat().includes(value));
    items[i].hidden = !(isFound && fits);
    items[i].querySelector('.columns').textContent = isFound && columns.length > 0 ? 'columns: ' + columns.slice(0, 12).join(', ') : '';
    if (isFound && fits) shown++;
  });
  count.textContent = shown === entries.length ? entries.length + ' in all' : shown + ' of ' + entries.length;
}
const wanted = new URLSearchParams(location.hash.slice(1));
query.value = wanted.get('q') ?? '';
query.addEventListener('input', show);
for (const facet of facets) facet.addEventListener('change', show);
show();
`;
