import { digest } from './digest.js';

/** A field that is typed in. In a secret one not even the class of a key is noted. */
export interface Field {
  id: string;
  secret: boolean;
  element: HTMLElement;
}

const SECRET = '[type=password],[data-watchword-secret],[data-watchword-secret] *';
const SECRET_PURPOSE = /(^|\s)(one-time-code|current-password|new-password|cc-\S+)(\s|$)/;
const TYPED = 'input,textarea,select,[contenteditable]:not([contenteditable=false])';
const known = new WeakMap<Element, Field>();

/** What the application declared: a selector, or the whole document. */
export type Scope = 'document' | (string & {});

/** Forms and fields that take part where nothing else is said. */
export const DECLARED: Scope = '[data-watchword]';

/** What an event happened to: the innermost element, also inside open shadow roots; null for what is ours. */
export function elementOf(event: Event): Element | null {
  const path = event.composedPath();
  for (const node of path) if ((node as Element).localName === 'watchword-ui') return null;
  const found = path[0] as Node | undefined;
  return found instanceof Element ? found : document.body;
}

/** Whether an element is inside what the application declared. */
export function within(scope: Scope, element: Element | null): element is Element {
  return !!element && (scope === 'document' || !!element.closest(scope));
}

/** The field that an element is or lies in, or null. A field that was secret once stays secret: "show password". */
export function fieldOf(element: Element): Field | null {
  const found = element.closest<HTMLElement>(TYPED);
  if (!found) return null;
  const before = known.get(found);
  const field = before ?? { id: digest(nameOf(found)), secret: false, element: found };
  field.secret ||= isSecret(found);
  known.set(found, field);
  return field;
}

/** How many characters a field has. Its text is not looked at. */
export function isEmpty(field: Field): boolean {
  const { element } = field;
  return 'value' in element ? (element as HTMLInputElement).value.length === 0 : !element.textContent;
}

function isSecret(element: Element): boolean {
  return element.matches(SECRET) || SECRET_PURPOSE.test(element.getAttribute('autocomplete') ?? '');
}

function nameOf(element: HTMLElement): string {
  const form = element.closest('form');
  const own = element.getAttribute('name') || element.id || `${element.localName}${placeOf(element, form)}`;
  return `${form ? form.getAttribute('name') || form.id || form.getAttribute('action') || '' : ''}/${own}`;
}

function placeOf(element: Element, form: Element | null): number {
  return [...(form ?? document).querySelectorAll(TYPED)].indexOf(element);
}
