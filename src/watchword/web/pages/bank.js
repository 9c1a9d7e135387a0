// The demo bank: its sign-in, its transfer, and the panel that shows what the engine sees meanwhile.
// Everything that an application does with Watchword in earnest is in `signIn`, `follow` and `send`.
const $ = (id) => document.getElementById(id);
const SECURITY = { consent: true, securityPurpose: true };
const HELD = 46;
const TEXTS = {
  to: "Tomás Pereira",
  iban: "PT50 0002 0123 1234 5678 9015 4",
  amount: "8200",
  reference: "Deposit for the flat in Braga, as we agreed",
};

let session = null;
let recorded = null;
let played = null;
let busy = false;
let watching = 0;
let name = "You";
const trust = [];
let held = [];
let band = null;
let risk = 0;
let device = null;

async function ask(what, body) {
  const response = await fetch(`/demo/api/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await response.json();
  if (!response.ok) throw Object.assign(new Error(said.detail ?? "The demo did not answer."), { status: response.status });
  return said;
}

const account = () => new FormData($("login")).get("account");

// --- signing in

function begin() {
  recorded?.stop();
  recorded = watchword.recordForm($("login"), SECURITY);
  $("password").value = "";
  played = null;
}

async function signIn(event) {
  event?.preventDefault();
  if (busy) return;
  busy = true;
  try {
    const behavior = played ?? recorded.behavior();
    const answer = await ask("login", { account: account(), password: $("password").value, behavior, device });
    name = answer.name;
    tell("refused", answer.says, answer.action === "allow" ? "" : answer.action === "block" ? "bad" : "ask");
    show(answer);
    showTaught(answer);
    begin();
    if (answer.session) follow(answer.session);
    else $("password").focus();
  } catch (error) {
    tell("refused", error.message, "bad");
  } finally {
    busy = false;
  }
}

function showTaught({ learnt, needed }) {
  $("taught").hidden = learnt >= needed;
  $("dots").replaceChildren(...Array.from({ length: needed }, (_, at) => mark(at < learnt)));
  $("progress").textContent = learnt
    ? `${learnt} of ${needed}. Sign in again: every time, the engine knows your rhythm better.`
    : "";
}

function mark(on) {
  const one = document.createElement("li");
  one.className = on ? "on" : "";
  return one;
}

// --- a session

function follow({ sessionId, userId, token }) {
  session = { sessionId, userId, token };
  trust.length = 0;
  watchword.startSession(sessionId, userId, { token, ...SECURITY, fields: "#transfer", onLogout: leave });
  $("login").hidden = true;
  $("transfer").hidden = $("nav").hidden = $("leave").hidden = false;
  $("who").textContent = name;
  $("dot").classList.add("live");
  $("state").textContent = "live";
  $("to").focus();
  clearInterval(watching);
  watching = setInterval(look, 1500);
  look();
}

function leave() {
  clearInterval(watching);
  session = null;
  $("transfer").reset();
  $("login").hidden = false;
  $("transfer").hidden = $("nav").hidden = $("leave").hidden = true;
  $("dot").classList.remove("live");
  $("state").textContent = "signed out";
  tell("answer", "");
  stepTo("step1");
  begin();
  greet();
}

function stepTo(id) {
  for (const step of ["step1", "step2"]) $(step).toggleAttribute("aria-current", step === id);
  $(id).setAttribute("aria-current", "step");
}

async function signOut() {
  await watchword.endSession().catch(() => undefined);
  leave();
}

async function send(event) {
  event?.preventDefault();
  if (!session || busy) return;
  busy = true;
  try {
    const fields = Object.fromEntries(new FormData($("transfer")));
    const answer = await ask("transfer", { ...session, ...fields });
    tell("answer", answer.says, answer.outcome);
    stepTo(answer.outcome === "good" ? "step2" : "step1");
    show(answer);
  } catch (error) {
    tell("answer", error.message, "bad");
  } finally {
    busy = false;
  }
}

async function look() {
  if (!session) return;
  try {
    show(await ask("look", session));
  } catch (error) {
    if (error.status === 401) clearInterval(watching);
  }
}

// --- acting

async function act(as) {
  if (busy) return;
  const screen = session ? "transfer" : "login";
  const buttons = document.querySelectorAll("[data-as]");
  buttons.forEach((one) => {
    one.disabled = true;
    one.setAttribute("aria-pressed", String(one.dataset.as === as));
  });
  try {
    if (as === "script") await script(screen);
    else await play(screen, await ask("act", { as, screen, account: account() }));
    await (screen === "login" ? signIn() : send());
  } catch (error) {
    tell(screen === "login" ? "refused" : "answer", error.message, "bad");
  } finally {
    buttons.forEach((one) => (one.disabled = false));
  }
}

/** A simulated person types: the samples are as the collector would have taken them, the letters are for the eye. */
async function play(screen, { samples, screenFacts }) {
  const fields = screen === "login" ? { password: $("secret").textContent } : TEXTS;
  const letters = Object.entries(fields).flatMap(([id, text]) => [...text].map((letter, at) => ({ id, letter, at })));
  for (const id of Object.keys(fields)) $(id).value = "";
  const began = performance.now();
  const pace = screen === "login" ? 1 : 2.5;
  let waiting = [];
  let next = 0;
  for (const sample of samples) {
    const due = sample.t / pace - (performance.now() - began);
    if (due > 4) await new Promise((resolve) => setTimeout(resolve, due));
    if (sample.type === "key") {
      keySeen(sample);
      if (sample.down && next < letters.length) $(letters[next].id).value += letters[next++].letter;
    }
    waiting.push(sample);
    if (session && waiting.length >= 25) show(await ask("feed", { ...session, samples: waiting.splice(0) }));
  }
  if (session && waiting.length) show(await ask("feed", { ...session, samples: waiting }));
  for (; next < letters.length; next++) $(letters[next].id).value += letters[next].letter;
  if (!session) played = { clock: { granularityMs: 0.1 }, screen: screenFacts, events: samples };
}

const downs = new Map();
function keySeen(sample) {
  const key = `${sample.field}/${sample.pos}`;
  if (sample.down) downs.set(key, sample.t);
  else if (downs.has(key)) bar(sample.t - downs.get(key));
  $("wire").textContent = JSON.stringify(sample, null, 1).replaceAll("\n", "").replaceAll(",", ", ");
}

/** What a script in the page does: it sets values and fires events that no key caused. */
async function script(screen) {
  const fields = screen === "login" ? { password: $("secret").textContent } : TEXTS;
  for (const [id, text] of Object.entries(fields)) {
    const field = $(id);
    field.focus();
    field.value = "";
    for (const letter of text) {
      field.dispatchEvent(new KeyboardEvent("keydown", { code: "KeyA", key: letter, bubbles: true }));
      field.value += letter;
      field.dispatchEvent(new InputEvent("input", { inputType: "insertText", data: letter, bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve, 12));
      field.dispatchEvent(new KeyboardEvent("keyup", { code: "KeyA", key: letter, bubbles: true }));
    }
  }
}

// --- the panel

function show(seen) {
  if (seen.trustScore !== undefined && seen.trustScore !== null) {
    trust.push(seen.trustScore);
    if (trust.length > 60) trust.shift();
    $("trust").textContent = Math.round(seen.trustScore);
    drawCurve();
  }
  if (seen.saying) $("saying").textContent = seen.saying;
  if (seen.reasons) showReasons(seen.reasons);
  if (seen.known) showKnown(seen.known);
  if (seen.usualHold) band = seen.usualHold;
  if (seen.riskScore !== undefined) showRisk(seen.riskScore, seen.level);
  if (band) $("legend").textContent = `bar: a key held, band: ${name === "You" ? "you" : name.split(" ")[0]}`;
  drawRhythm();
}

function showRisk(value, level) {
  risk = value;
  const words = { normal: "normal", suspicious: "MPIN asked", high_risk: "blocked" };
  $("level").textContent = words[level] ?? level;
  $("risk").style.setProperty("--v", Math.min(96, Math.max(4, 100 * value)));
  $("risk").className = `scale ${value >= 0.9 ? "block" : value >= 0.7 ? "verify" : value > 0 ? "monitor" : ""}`;
  $("risk").setAttribute("aria-label", `${value.toFixed(2)} of 1; the MPIN is asked from 0.70, the session is blocked from 0.90`);
  $("at").textContent = value.toFixed(2);
  const on = value >= 0.9 ? 2 : value >= 0.7 ? 1 : 0;
  [...$("risk").querySelectorAll("li")].forEach((one, at) => one.classList.toggle("on", at === on));
}

function showReasons(reasons) {
  const most = Math.max(1, ...reasons.map((one) => Math.abs(one.contribution)));
  const rows = reasons.slice(0, 6).map((one) => {
    const row = document.createElement("li");
    const text = Object.assign(document.createElement("span"), { className: "clip", textContent: one.title, title: one.message });
    const line = Object.assign(document.createElement("i"), { className: one.contribution < 0 ? "" : "less" });
    line.style.setProperty("--v", (100 * Math.abs(one.contribution)) / most);
    const signed = `${one.contribution < 0 ? "−" : "+"}${Math.abs(one.contribution).toFixed(one.places ?? 0)}`;
    const value = Object.assign(document.createElement("span"), {
      className: `num ${one.contribution < 0 ? "strong" : "quiet"}`,
      textContent: signed,
    });
    row.append(text, line, value);
    return row;
  });
  if (rows.length) $("reasons").replaceChildren(...rows);
}

function showKnown(known) {
  $("known").replaceChildren(
    ...known.map(({ title, learnt, needed }) => {
      const row = document.createElement("li");
      const pips = Object.assign(document.createElement("span"), { className: "pips", ariaHidden: "true" });
      pips.append(...Array.from({ length: 10 }, (_, at) => Object.assign(document.createElement("i"), { className: at < (10 * learnt) / needed ? "on" : "" })));
      const state = learnt >= needed ? `mature, ${learnt}` : learnt ? `learning, ${learnt}` : "nothing";
      row.append(Object.assign(document.createElement("span"), { textContent: title }), pips, Object.assign(document.createElement("span"), { textContent: state }));
      return row;
    }),
  );
}

function bar(ms) {
  held.push(ms);
  held = held.slice(-HELD);
  drawRhythm();
}

const SVG = "http://www.w3.org/2000/svg";
function shape(kind, attributes) {
  const made = document.createElementNS(SVG, kind);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawRhythm() {
  const y = (ms) => 64 - Math.min(ms, 200) * 0.32;
  const wide = 372 / HELD;
  const parts = [];
  if (band) parts.push(shape("rect", { x: 0, width: 372, y: y(band[1]), height: Math.max(1, y(band[0]) - y(band[1])), fill: "var(--accent-fill)", opacity: 0.2 }));
  held.forEach((ms, at) => {
    const odd = band && (ms < band[0] || ms > band[1]);
    parts.push(shape("rect", { x: at * wide + 1, width: wide - 3, y: y(ms), height: Math.max(1, 64 - y(ms)), rx: 1, fill: odd ? "var(--verify-fill)" : "var(--accent-fill)" }));
  });
  $("rhythm").replaceChildren(...parts);
}

function drawCurve() {
  const wide = 236 / Math.max(1, trust.length - 1);
  const points = trust.map((value, at) => [2 + at * wide, 52 - value * 0.48]);
  $("curve").replaceChildren(
    shape("path", { d: `M0 ${52 - 24}H244`, stroke: "var(--line-strong)", "stroke-dasharray": "3 3", fill: "none", "vector-effect": "non-scaling-stroke" }),
    shape("path", { d: `M${points.join("L")}`, fill: "none", stroke: "var(--accent-fill)", "stroke-width": 2, "stroke-linejoin": "round", "vector-effect": "non-scaling-stroke" }),
    shape("path", { d: `M${points.at(-1)}h.01`, stroke: "var(--ink)", "stroke-width": 7, "stroke-linecap": "round", "vector-effect": "non-scaling-stroke" }),
  );
  $("curve").setAttribute("aria-label", `Trust went from ${Math.round(trust[0])} to ${Math.round(trust.at(-1))}`);
}

function tell(where, text, kind = "") {
  $(where).hidden = !text;
  $(where).textContent = text ?? "";
  $(where).className = `said ${kind}`;
}

function localKeys() {
  const open = new Map();
  addEventListener("keydown", (event) => event.isTrusted && !event.repeat && open.set(event.code, event.timeStamp));
  addEventListener("keyup", (event) => {
    if (!open.has(event.code)) return;
    bar(event.timeStamp - open.get(event.code));
    open.delete(event.code);
    const last = (watchword.getEvents() ?? []).at(-1) ?? recorded?.behavior()?.events.at(-1);
    if (last) $("wire").textContent = JSON.stringify(last).replaceAll(",", ", ").replaceAll(":", ": ");
  });
}

async function greet() {
  name = account() === "ines" ? "Ines Duarte" : "You";
  $("about").textContent =
    account() === "ines" ? "The engine knows Ines for weeks. Can you be Ines?" : "You are new here. The engine gets to know you as you sign in.";
  document.querySelector("[data-as=owner]").textContent = account() === "ines" ? "Ines" : "First typist";
  band = null;
  held = [];
  tell("refused", "");
  const seen = await ask("person", { account: account() });
  show(seen);
  showTaught(seen);
}

function start() {
  $("login").addEventListener("submit", signIn);
  $("login").addEventListener("change", (event) => event.target.name === "account" && (begin(), greet()));
  $("transfer").addEventListener("submit", send);
  $("leave").addEventListener("click", signOut);
  $("open").addEventListener("click", () => $("open").setAttribute("aria-expanded", String($("panel").classList.toggle("open"))));
  document.querySelectorAll("[data-as]").forEach((one) => one.addEventListener("click", () => act(one.dataset.as)));
  watchword.on("risk", (message) => showRisk(message.riskScore, message.level));
  watchword.on("session_blocked", () => showRisk(Math.max(risk, 0.9), "high_risk"));
  localKeys();
  begin();
  greet().then(() => (document.body.dataset.ready = "true"));
  if (!new URLSearchParams(location.search).has("without-device")) lookAtDevice();
}

/** A first beacon at once, for those who do not stay; then everything, which later log-ins carry. */
async function lookAtDevice() {
  device = watchwordDevice.look(SECURITY);
  if (!device) return;
  ask("device", device).catch(() => undefined);
  device = await watchwordDevice.collect(SECURITY);
  const { factors } = await ask("device", device);
  if (factors.length) $("saying").textContent = `This browser: ${factors.map((one) => one.title).join(", ")}.`;
}

start();
