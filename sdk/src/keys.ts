import type { KeyClass } from './samples.js';

const LEFT = 'QWERTASDFGZXCVB';

const NAMED: Record<string, KeyClass> = {
  Space: 'space', Backspace: 'backspace', Enter: 'enter', NumpadEnter: 'enter', Tab: 'tab',
  ShiftLeft: 'shift-left', ShiftRight: 'shift-right',
};

const PUNCTUATION = /^(Minus|Equal|Bracket|Semicolon|Quote|Backquote|Backslash|Comma|Period|Slash|Intl|Numpad[ACDEMS])/;

/**
 * The class of a physical key, from `KeyboardEvent.code` alone: where the key lies, not what it writes. The same key has
 * the same class under every layout; `key`, `keyCode` and `charCode` are never read.
 */
export function classOf(code: string): KeyClass {
  const named = NAMED[code];
  if (named) return named;
  if (/^Key[A-Z]$/.test(code)) return LEFT.includes(code[3]!) ? 'letter-left' : 'letter-right';
  if (/^(Digit|Numpad)\d$/.test(code)) return 'digit';
  if (code.startsWith('Arrow')) return 'arrow';
  return PUNCTUATION.test(code) ? 'punctuation' : 'other';
}
