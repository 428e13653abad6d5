/** What the pages of reports and the catalogue have beside the look of every page. */
export const REPORT_STYLE = `
:root { --shape: #2f6fb7; }
@media (prefers-color-scheme: dark) { :root { --shape: #6ea8e8; } }
.lead { font-size: 1.05rem; }
nav.contents { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .75rem 0 0; font-size: .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); gap: .75rem; margin: .75rem 0; }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .85rem; min-width: 0; break-inside: avoid; }
.card h4 { margin: 0; font: 600 .95rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.card p { margin: .2rem 0; font-size: .85rem; }
.plot { margin: .5rem 0 0; }
.plot svg { display: block; width: 100%; height: 3rem; border-bottom: 1px solid var(--line); }
.plot svg path { fill: var(--shape); }
.plot figcaption { display: flex; justify-content: space-between; gap: 1rem; font-size: .75rem; font-variant-numeric: tabular-nums; }
.bars { list-style: none; margin: .5rem 0 0; padding: 0; font-size: .8rem; }
.bars li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .75rem; margin-bottom: .25rem; }
.bars li > span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bars .value { white-space: nowrap; }
.bars i { grid-column: 1 / -1; display: block; height: .25rem; border-radius: .125rem; background: var(--shape); }
.note { border-left: 4px solid var(--changed); background: var(--raised); padding: .5rem .75rem; margin: .5rem 0; border-radius: 0 .4rem .4rem 0; max-width: 48rem; overflow-wrap: anywhere; }
.note.bad { border-color: var(--removed); }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem; font-size: .78rem; line-height: 1.45rem; white-space: nowrap; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .85rem; overflow-x: auto; font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
.rows table { font-size: .82rem; } .rows { max-height: 34rem; overflow-y: auto; }
.rows td { max-width: 22rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .rows td .value { white-space: pre; } .rows thead th { position: sticky; top: 0; }
td code, td .value { overflow-wrap: break-word; }
td .args { min-width: 14rem; } td .args code { overflow-wrap: anywhere; }
.hash { display: inline-block; min-width: 14rem; font-size: .78rem; word-break: break-all; }
.preview { display: block; max-width: 100%; max-height: 34rem; margin: .5rem 0; background: #ffffff; border: 1px solid var(--line); border-radius: .5rem; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--accent); }
svg.map g.shapes { color: var(--shape); stroke: var(--shape); fill: var(--shape); fill-opacity: .22; }
svg.map path.cells.density { fill: var(--shape); }
svg.map path.density-0 { fill-opacity: .22; } svg.map path.density-1 { fill-opacity: .42; }
svg.map path.density-2 { fill-opacity: .65; } svg.map path.density-3 { fill-opacity: .9; }
@media print {
  :root { --shape: #2f6fb7; }
  .rows { max-height: none; overflow: visible; } .rows thead th { position: static; }
  nav.contents { display: none; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
`;
