/** How a report looks, on light and on dark screens and on paper. */
export const REPORT_STYLE = `
:root {
  --paper: #fff; --ink: #1c2128; --soft: #5b6572; --line: #d7dde4; --curve: #2b6299; --fill: #2b629955;
  --labelled: #e8a31d40; --hit: #c8322b; --false: #7a4fbf; --heat: #c8322b; --name: 12rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e3e8ee; --soft: #9aa6b4; --line: #303842; --curve: #7db4ec; --fill: #7db4ec55;
    --labelled: #e8a31d4d; --hit: #ff7067; --false: #b99aff; --heat: #ff7067;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 90rem; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h1 span, h3 span { font-weight: 400; color: var(--soft); }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
h3 { font-size: .95rem; margin: .9rem 0 .2rem; }
p { margin: .25rem 0; color: var(--soft); max-width: 75ch; }
.headline { font-size: 1.15rem; color: var(--ink); }
code { overflow-wrap: anywhere; }
kbd { border: 1px solid var(--line); border-radius: 3px; padding: 0 .3em; font: inherit; font-size: .85em; }
footer { margin-top: 2rem; font-size: .8rem; }
.definitions { position: absolute; width: 0; height: 0; }

.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0; padding: 0; list-style: none; font-size: .85rem; }
.legend i { display: inline-block; width: 1.1rem; height: .75rem; margin-right: .4rem; vertical-align: -1px; }
.legend i.labelled { background: var(--labelled); }
.legend i.hit { background: var(--hit); }
.legend i.false { background: var(--false); }
.legend i.heat { background: linear-gradient(90deg, transparent, var(--heat)); border: 1px solid var(--line); }
.legend i.limit { height: 0; vertical-align: 4px; border-top: 2px dashed var(--hit); }
.legend i.warning { height: 0; vertical-align: 4px; border-top: 2px dotted var(--soft); }
.keys { font-size: .8rem; }

.timeline { position: relative; margin-top: .5rem; }
.row { display: grid; grid-template-columns: var(--name) minmax(0, 1fr); align-items: center; }
.name { padding-right: .75rem; font-size: .85rem; line-height: 1.25; overflow: hidden; text-overflow: ellipsis; }
.name small { display: block; color: var(--soft); }
output { display: block; font-weight: 600; min-height: 1.25em; white-space: nowrap; font-variant-numeric: tabular-nums; }
.plot { display: block; width: 100%; }
svg.plot { border-bottom: 1px solid var(--line); cursor: crosshair; touch-action: pan-y; }
.axis { position: sticky; top: 0; z-index: 2; background: var(--paper); }
.axis .plot { position: relative; height: 1.9rem; border-bottom: 1px solid var(--soft); overflow: hidden; cursor: crosshair; }
.axis .plot:focus-visible, button:focus-visible { outline: 2px solid var(--curve); outline-offset: 2px; }
.axis .plot span { position: absolute; bottom: 0; padding: 0 0 .1rem .25rem; border-left: 1px solid var(--soft); font-size: .75rem; color: var(--soft); white-space: nowrap; }
.score .plot { height: 120px; border-top: 1px solid var(--line); }
.alarms .plot { height: 14px; }
.heat .plot { height: 16px; }
.heat .name { font-size: .8rem; white-space: nowrap; }
.trace .plot { height: 56px; }
.trace { padding: 2px 0; }
.curve { fill: var(--fill); stroke: var(--curve); stroke-width: 1.2; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.limit { fill: none; stroke: var(--hit); stroke-width: 1.5; stroke-dasharray: 5 4; vector-effect: non-scaling-stroke; }
.warning { fill: none; stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 1.5 4; vector-effect: non-scaling-stroke; }
rect.labelled { fill: var(--labelled); }
rect.hit { fill: var(--hit); }
rect.false { fill: var(--false); }
path.heat { fill: none; stroke: var(--heat); stroke-width: 1000; }
.cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--ink); opacity: .6; pointer-events: none; z-index: 3; }

.events { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: .75rem; margin: .5rem 0; padding: 0; list-style: none; }
.events > li { padding: .6rem .8rem; border: 1px solid var(--line); border-left: 4px solid var(--hit); border-radius: 4px; font-size: .85rem; }
.events > li.false { border-left-color: var(--false); }
.events h3 { margin: 0; }
.events strong { color: var(--ink); }
.events ul { margin: .4rem 0 0; padding: 0; list-style: none; }
.events li li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .5rem; margin-top: .35rem; }
.tag { overflow-wrap: anywhere; }
.bar { grid-column: 1 / -1; height: 6px; border-radius: 3px; background: var(--line); }
.bar i { display: block; height: 100%; border-radius: 3px; background: var(--heat); }
.values { grid-column: 1 / -1; color: var(--soft); font-size: .8rem; }
button { padding: 0; border: 0; background: none; color: var(--curve); font: inherit; font-weight: 600; text-decoration: underline; cursor: pointer; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin-top: .5rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
thead th { vertical-align: bottom; }
tbody th { font-weight: 400; }
td:nth-child(2) { font-weight: 600; }
th:last-child, td.meaning { text-align: left; white-space: normal; color: var(--soft); font-size: .8rem; min-width: 18rem; }

@media (max-width: 40rem) { :root { --name: 7rem; } body { padding: .75rem; } }
@media print { .keys, .cursor { display: none; } .axis { position: static; } }
`;
