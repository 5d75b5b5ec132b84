/** Shared by the few pages that the server draws itself. */
export const pageStyle = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 62%, transparent); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.25rem 5rem; font: 15px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; } h3 { font-size: .95rem; margin: 1.1rem 0 .3rem; }
p { margin: .35rem 0; } a { color: inherit; } .soft { color: var(--soft); }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { margin: .3rem 0; padding: .7rem .9rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
details { border-top: 1px solid var(--line); } details > :not(summary) { margin-left: 1rem; } details[open] { padding-bottom: 1rem; }
summary { cursor: pointer; padding: .5rem 0; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
.method { font: 600 12px ui-monospace, monospace; min-width: 3.6rem; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin-top: 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; } td, th { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; border-top: 0; } button { font: inherit; padding: .45rem 1.1rem; }
:target { outline: 2px solid; outline-offset: 4px; }
`
