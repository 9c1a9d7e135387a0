/** The look of what the SDK shows. Colours are Watchword's; an application may set the `--watchword-*` properties. */
export const STYLE = `
:host{all:initial;color-scheme:light dark;
--ink:light-dark(oklch(.225 .02 245),oklch(.955 .004 235));--quiet:light-dark(oklch(.41 .02 245),oklch(.795 .01 235));
--ground:light-dark(#fff,oklch(.252 .014 240));--line:light-dark(oklch(.64 .014 235),oklch(.56 .016 240));
--accent:var(--watchword-accent,light-dark(oklch(.495 .088 205),oklch(.8 .105 195)));
--on:var(--watchword-on-accent,light-dark(#fff,oklch(.178 .011 240)));
--bad:light-dark(oklch(.46 .18 22),oklch(.74 .158 20))}
:host([data-theme=light]){color-scheme:light}:host([data-theme=dark]){color-scheme:dark}
*{box-sizing:border-box}
dialog{font:400 1rem/1.5 var(--watchword-font,"Geist Variable",system-ui,sans-serif);color:var(--ink);
background:var(--ground);border:1px solid var(--line);border-radius:10px;padding:1.5rem;margin:auto;
width:min(25rem,100vw - 2rem);max-height:calc(100dvh - 2rem);overflow:auto}
dialog.over{width:100vw;height:100dvh;max-width:none;max-height:none;border:0;border-radius:0}
dialog.over[open]{display:grid;place-content:center;grid-template-columns:min(25rem,100%)}
::backdrop{background:light-dark(oklch(.25 .02 245/.4),oklch(.1 .01 245/.7))}
h1{font-size:1.25rem;line-height:1.4;font-weight:600;margin:0 0 .5rem}
p{margin:0 0 1rem;color:var(--quiet)}
label{display:block;font-weight:500;margin-bottom:.25rem}
input{font:inherit;font-size:1.25rem;letter-spacing:.2em;width:100%;min-height:3rem;padding:.25rem .75rem;color:inherit;
background:transparent;border:1px solid var(--line);border-radius:6px}
input[aria-invalid=true]{border:2px solid var(--bad)}
.said{color:var(--bad);font-weight:500;margin:.5rem 0 0;min-height:1.5em}
.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:1rem}
button,a{font:inherit;font-weight:550;flex:1 1 8rem;min-height:2.75rem;padding:.5rem 1rem;border-radius:6px;cursor:pointer;
text-align:center;text-decoration:none;border:1px solid var(--line);background:transparent;color:inherit}
.first{background:var(--accent);border-color:var(--accent);color:var(--on)}
:is(input,button,a,h1):focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[aria-disabled=true]{opacity:.6;cursor:default}
@media(prefers-contrast:more){:host{--line:var(--ink);--quiet:var(--ink)}}
@media(forced-colors:active){.first{forced-color-adjust:none;background:ButtonText;color:ButtonFace}}
`;
