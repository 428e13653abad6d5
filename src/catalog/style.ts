/** What the catalogue's pages have beside those of reports. */
export const CATALOG_STYLE = `
nav.path { font-size: .9rem; margin-bottom: 1rem; overflow-wrap: anywhere; }
.search { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(9rem, 100%), 1fr)); gap: .6rem; margin: 1rem 0 .5rem; }
.search .wide { grid-column: 1 / -1; }
.search label { display: block; color: var(--soft); font-size: .8rem; min-width: 0; }
.search input, .search select { width: 100%; font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .45rem .6rem; margin-top: .15rem; }
.search input:focus, .search select:focus { outline: 2px solid var(--accent); outline-offset: 1px; }
.found { list-style: none; margin: 0; padding: 0; }
.found li { border-top: 1px solid var(--line); padding: .7rem 0; overflow-wrap: anywhere; }
.found li[hidden] { display: none; }
.found h2 { margin: 0; font-size: 1.05rem; } .found p { margin: .15rem 0; max-width: none; }
.found .meta { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .9rem; color: var(--soft); font-size: .85rem; }
.ok { color: var(--added); } .warnings { color: var(--changed); } .quarantined, .broken, .unreadable { color: var(--removed); }
@media print { .search { display: none; } }
`;
