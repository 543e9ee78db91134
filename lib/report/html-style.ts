/** The one stylesheet of the HTML report: light and dark by the reader's setting, black on white on paper. */
export const htmlStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --paper: #ffffff; --ink: #17202b; --soft: #556170; --line: #d9dee5; --tint: #eef1f5;
  --met: #1b7f4b; --met-by-compensation: #0b7285; --partial: #935d00; --open: #55647a; --not-met: #b92d27; --not-applicable: #626d79;
  --accent: #1f4e8c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --paper: #182029; --ink: #e6ebf1; --soft: #a3afbd; --line: #313c49; --tint: #212b36;
    --met: #4cc38a; --met-by-compensation: #4fc3d9; --partial: #f0b24a; --open: #9db0c6; --not-met: #ff7b72; --not-applicable: #8d98a5;
    --accent: #8ab8f5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; }
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.9rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 .9rem; }
h3 { font-size: 1.05rem; }
p { margin: .5rem 0; }
a { color: var(--accent); }
code, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .84em; overflow-wrap: anywhere; }
.eyebrow { color: var(--soft); font-size: .82rem; letter-spacing: .06em; text-transform: uppercase; margin: 0 0 .4rem; }
.soft { color: var(--soft); }
.small { font-size: .88rem; }
.banner { border: 2px solid var(--not-met); color: var(--not-met); background: var(--paper); border-radius: 8px; padding: .7rem 1rem; font-weight: 650; margin: 0 0 1rem; }
.headline { font-size: 1.35rem; font-weight: 650; margin: 1.4rem 0 .6rem; }
.scope { border-left: 4px solid var(--accent); background: var(--paper); padding: .8rem 1.1rem; margin: 1rem 0; border-radius: 0 8px 8px 0; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: 1.2rem 0 0; font-size: .92rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: .6rem; margin: 1.4rem 0 0; padding: 0; list-style: none; }
.tiles li { background: var(--paper); border: 1px solid var(--line); border-top: 4px solid var(--tone); border-radius: 8px; padding: .6rem .8rem; }
.tiles strong { display: block; font-size: 1.7rem; line-height: 1.15; font-variant-numeric: tabular-nums; }
.tiles span { font-size: .84rem; color: var(--soft); }
.vector { display: grid; grid-template-columns: repeat(7, 1fr); gap: .5rem; list-style: none; margin: .8rem 0 0; padding: 0; }
.vector li { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .7rem; font-size: .82rem; color: var(--soft); }
.vector strong { display: block; color: var(--ink); font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.pips { display: flex; gap: 4px; margin-top: .35rem; }
.pips i { width: 14px; height: 8px; border-radius: 2px; border: 1.5px solid var(--open); }
.pips i.on { background: var(--met); border-color: var(--met); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; font-size: .92rem; }
table.narrow { max-width: 40rem; }
caption { text-align: left; color: var(--soft); font-size: .88rem; padding: 0 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .7rem; border-bottom: 1px solid var(--line); }
tr:last-child > td, tr:last-child > th { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 600; font-size: .82rem; background: var(--tint); }
tbody th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.bar { display: flex; gap: 2px; height: 14px; min-width: 9rem; margin-top: .3rem; }
.bar i { background: var(--tone); border-radius: 2px; min-width: 3px; }
.legend { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; font-size: .88rem; margin: .9rem 0 0; }
.legend dd { margin: 0; color: var(--soft); }
.tone-met { --tone: var(--met); } .tone-met-by-compensation { --tone: var(--met-by-compensation); } .tone-partial { --tone: var(--partial); }
.tone-open { --tone: var(--open); } .tone-not-met { --tone: var(--not-met); } .tone-not-applicable { --tone: var(--not-applicable); }
.verdict { color: var(--tone); font-weight: 650; white-space: nowrap; }
.steps { list-style: none; counter-reset: step; margin: 0; padding: 0; display: grid; gap: .5rem; }
.steps li { counter-increment: step; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1rem; display: grid; grid-template-columns: 1.6rem 9.5rem 1fr; gap: .2rem .8rem; align-items: baseline; }
.steps li::before { content: counter(step); font-weight: 700; color: var(--soft); }
.tag { font-size: .8rem; font-weight: 650; border: 1.5px solid currentColor; border-radius: 99px; padding: .05rem .6rem; justify-self: start; white-space: nowrap; }
.tag.add { color: var(--met); } .tag.yours { color: var(--accent); } .tag.hardware { color: var(--partial); }
.requirement { background: var(--paper); border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 8px; padding: 1rem 1.2rem; margin: 0 0 .9rem; }
.requirement header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2rem 1rem; align-items: baseline; }
.requirement .meta { color: var(--soft); font-size: .86rem; margin: .35rem 0 0; }
.requirement h4 { margin: .9rem 0 .3rem; font-size: .84rem; color: var(--soft); font-weight: 650; }
.requirement ul { margin: .2rem 0; padding-left: 1.2rem; }
.checks { list-style: none; padding: 0 !important; }
.checks li { padding: .3rem 0 .3rem 1.6rem; position: relative; font-size: .92rem; border-top: 1px solid var(--line); }
.checks li:first-child { border-top: 0; }
.checks .sign { position: absolute; left: 0; font-weight: 700; color: var(--tone); }
.checks .seen { display: block; color: var(--soft); }
.quote { color: var(--soft); font-style: italic; }
footer { margin-top: 3rem; color: var(--soft); font-size: .88rem; border-top: 1px solid var(--line); padding-top: 1rem; }
@media screen and (max-width: 50rem) {
  .tiles { grid-template-columns: repeat(3, 1fr); } .vector { grid-template-columns: repeat(4, 1fr); }
  .steps li { grid-template-columns: 1.6rem 1fr; } .steps li > :last-child { grid-column: 2; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #f2f2f2; --accent: #1f4e8c;
    --met: #1b7f4b; --met-by-compensation: #0b7285; --partial: #8a5600; --open: #4a5868; --not-met: #b02a24; --not-applicable: #666;
  }
  html { font-size: 12px; } body { font-size: 1rem; } main { max-width: none; padding: 0; }
  h2, h3, h4, caption, thead { break-after: avoid; }
  tr, .steps li, .checks li, .tiles li, .vector li { break-inside: avoid; }
  .bar i, .pips i, .tiles li, .requirement { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .skip { display: none; } a { color: inherit; text-decoration: none; }
}
@page { margin: 16mm 14mm; }
`
