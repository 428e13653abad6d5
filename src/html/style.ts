/**
 * The look of every page that this program writes: the reader's own fonts, light or dark as the reader has it, one column
 * on a phone, black on white on paper. Colours have names, so that plots and maps follow along.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f6f7f9; --ink: #1b1f24; --soft: #59636e; --line: #d8dde3;
  --accent: #0a58ca; --added: #11743b; --removed: #c0262d; --changed: #9a6700; --context: #b8c1cb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --raised: #1d2126; --ink: #e6e9ed; --soft: #9aa4af; --line: #343b43;
    --accent: #79b0ff; --added: #4cc47c; --removed: #ff7b76; --changed: #e0ad3f; --context: #515b66;
  }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --raised: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb;
    --accent: #000000; --added: #11743b; --removed: #c0262d; --changed: #9a6700; --context: #bbbbbb;
  }
  body { font-size: 10pt; }
  .scroll { overflow: visible; max-height: none; }
  tr, figure, svg { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  details > *:not(summary) { display: revert; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; overflow-wrap: anywhere; }
p { margin: .4rem 0; max-width: 48rem; overflow-wrap: anywhere; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.added { color: var(--added); } .removed { color: var(--removed); } .changed { color: var(--changed); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.facts > div { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.facts dt { color: var(--soft); font-size: .85rem; }
.facts dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; color: var(--soft); padding: .5rem .75rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; background: var(--raised); white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td { unicode-bidi: isolate; overflow-wrap: break-word; min-width: 4rem; } td:last-child { min-width: 10rem; } td.number:last-child { min-width: 4rem; }
code, .value { font: .9em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
del { color: var(--removed); text-decoration: none; } ins { color: var(--added); text-decoration: none; }
.null { color: var(--soft); font-style: italic; }
figure { margin: .75rem 0; } figcaption { color: var(--soft); font-size: .85rem; margin-top: .3rem; overflow-wrap: anywhere; }
svg.map { display: block; width: 100%; height: auto; background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; }
svg.map g { stroke: var(--context); stroke-width: 1; fill: none; color: var(--context); }
svg.map path { vector-effect: non-scaling-stroke; }
svg.map path.cells { fill: var(--context); fill-opacity: .55; stroke: none; }
svg.map path.line { fill: none; }
svg.map g.context { fill: var(--context); fill-opacity: .3; }
svg.map g.added { color: var(--added); stroke: var(--added); stroke-width: 1.5; fill: var(--added); fill-opacity: .3; }
svg.map g.removed { color: var(--removed); stroke: var(--removed); stroke-width: 1.5; fill: var(--removed); fill-opacity: .3; }
svg.map g.before { color: var(--removed); stroke: var(--removed); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg.map g.now { color: var(--changed); stroke: var(--changed); stroke-width: 1.5; fill: var(--changed); fill-opacity: .25; }
svg.map circle { fill: currentColor; fill-opacity: .8; stroke: var(--paper); stroke-width: 1; stroke-dasharray: none; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 45%), 1fr)); gap: 1rem; }
.tiles figure { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; color: var(--soft); font-size: .85rem; margin: .5rem 0; }
.legend span::before { content: ""; display: inline-block; width: .8em; height: .8em; border-radius: 50%; background: currentColor; margin-right: .4em; vertical-align: -.05em; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; border-top: 1px solid var(--line); padding-top: .75rem; }
@media (max-width: 40rem) {
  main { padding: 1rem .75rem 3rem; }
  th, td { padding: .35rem .5rem; }
  .facts { grid-template-columns: 1fr 1fr; }
}
`;
