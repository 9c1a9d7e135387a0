import { STYLE } from './style.js';
import { ENGLISH, type Words } from './words.js';

const HOST = 'watchword-ui';
type Tag = keyof HTMLElementTagNameMap;

/** What the MPIN dialog asks of whoever opened it. `verify` is false while there is no connection. */
export interface Asking {
  verify: (mpin: string) => boolean;
  logOut: () => void;
}

/** The MPIN dialog and the blocked screen, in a shadow root of their own, above everything. */
export class Screens {
  private readonly words: Words;
  private host: HTMLElement | null = null;
  private before: Element | null = null;
  private input: HTMLInputElement | null = null;
  private said: HTMLElement | null = null;
  private confirm: HTMLElement | null = null;

  constructor(words: Partial<Words> = {}) {
    this.words = { ...ENGLISH, ...words };
  }

  /** Asks for the MPIN until it is right, the session ends, or the person logs out. Asking twice shows one dialog. */
  ask(asking: Asking): void {
    if (this.input) return;
    const { words } = this;
    const input = make('input', { id: 'mpin', type: 'password', inputmode: 'numeric', autocomplete: 'off' });
    set(input, { maxlength: '12', 'aria-describedby': 'why said', 'aria-required': 'true' });
    const said = make('p', { id: 'said', class: 'said', role: 'alert' });
    const confirm = make('button', { class: 'first', type: 'submit' }, words.confirm);
    const leave = make('button', { type: 'button' }, words.logOut);
    const form = make('form', { novalidate: '' });
    const row = make('div', { class: 'row' });
    row.append(confirm, leave);
    form.append(make('label', { for: 'mpin' }, words.label), input, said, row);
    leave.addEventListener('click', () => {
      this.close();
      asking.logOut();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit(asking);
    });
    Object.assign(this, { input, said, confirm });
    this.open(words.title, words.why, form);
    input.focus();
  }

  /** What came of an MPIN. */
  answer(verified: boolean, attemptsLeft: number): void {
    if (!this.input) return;
    if (verified) return this.close();
    this.busy(false);
    this.say(attemptsLeft > 0 ? this.words.wrong(attemptsLeft) : this.words.locked);
  }

  /** Says that there is no connection, and lets the person try again. */
  retry(): void {
    if (this.confirm?.getAttribute('aria-disabled') !== 'true') return;
    this.busy(false);
    this.say(this.words.offline);
  }

  /** Covers the page: the session is over. */
  block(signInUrl?: string): void {
    const body = make('div', { class: 'row' });
    if (signInUrl) body.append(make('a', { class: 'first', href: signInUrl }, this.words.signIn));
    const dialog = this.open(this.words.endedTitle, this.words.endedWhy, body);
    dialog.className = 'over';
    set(dialog, { role: 'alertdialog' });
    const heading = dialog.querySelector('h1')!;
    heading.tabIndex = -1;
    (signInUrl ? (body.firstChild as HTMLElement) : heading).focus();
  }

  /** Takes away what is shown. */
  close(): void {
    this.host?.remove();
    (this.before as HTMLElement | null)?.focus?.();
    this.before = this.host = this.input = this.said = this.confirm = null;
  }

  private submit(asking: Asking): void {
    const input = this.input!;
    if (this.confirm!.getAttribute('aria-disabled') === 'true') return;
    if (!input.value) return this.say(this.words.empty);
    if (!asking.verify(input.value)) return this.say(this.words.offline);
    this.busy(true);
  }

  private busy(now: boolean): void {
    set(this.confirm!, { 'aria-disabled': String(now) });
    this.confirm!.textContent = now ? this.words.checking : this.words.confirm;
  }

  private say(text: string): void {
    set(this.input!, { 'aria-invalid': 'true' });
    this.said!.textContent = text;
    this.input!.value = '';
    this.input!.focus();
  }

  private open(title: string, why: string, body: HTMLElement): HTMLDialogElement {
    const shown = this.host;
    this.before ??= document.activeElement;
    const { lang, dir } = this.words;
    const theme = document.documentElement.dataset.theme;
    const host = make(HOST as Tag, { lang, dir, ...(theme ? { 'data-theme': theme } : {}) });
    const root = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const dialog = make('dialog', { 'aria-labelledby': 'title', 'aria-describedby': 'why', closedby: 'none' });
    dialog.append(make('h1', { id: 'title' }, title), make('p', { id: 'why' }, why), body);
    root.append(dialog);
    guard(dialog, root);
    document.documentElement.append(host);
    dialog.showModal();
    shown?.remove();
    this.host = host;
    return dialog;
  }
}

/** Escape does not dismiss, Tab goes round. */
function guard(dialog: HTMLDialogElement, root: ShadowRoot): void {
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  dialog.addEventListener('close', () => dialog.isConnected && dialog.showModal());
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') event.preventDefault();
    if (event.key !== 'Tab') return;
    const stops = [...dialog.querySelectorAll<HTMLElement>('input,button,a')];
    if (!stops.length) return event.preventDefault();
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (root.activeElement !== from) return;
    event.preventDefault();
    to?.focus();
  });
}

function make<T extends Tag>(tag: T, attributes: Record<string, string>, text = ''): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  set(made, attributes);
  if (text) made.textContent = text;
  return made;
}

function set(element: Element, attributes: Record<string, string>): void {
  for (const name in attributes) element.setAttribute(name, attributes[name]!);
}
