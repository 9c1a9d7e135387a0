import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf } from './keys.js';

/** Codes of the ISO keyboard (UI Events KeyboardEvent code Values, W3C), by class. */
const EXPECTED: Record<string, string[]> = {
  'letter-left': [...'QWERTASDFGZXCVB'].map((one) => `Key${one}`),
  'letter-right': [...'YUIOPHJKLNM'].map((one) => `Key${one}`),
  digit: [...'0123456789'].flatMap((one) => [`Digit${one}`, `Numpad${one}`]),
  punctuation: [
    'Minus', 'Equal', 'BracketLeft', 'BracketRight', 'Semicolon', 'Quote', 'Backquote', 'Backslash', 'Comma', 'Period',
    'Slash', 'IntlBackslash', 'IntlRo', 'IntlYen', 'NumpadAdd', 'NumpadSubtract', 'NumpadMultiply', 'NumpadDivide',
    'NumpadDecimal', 'NumpadComma',
  ],
  space: ['Space'],
  backspace: ['Backspace'],
  enter: ['Enter', 'NumpadEnter'],
  tab: ['Tab'],
  'shift-left': ['ShiftLeft'],
  'shift-right': ['ShiftRight'],
  arrow: ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'],
  other: ['', 'Unidentified', 'ControlLeft', 'AltRight', 'MetaLeft', 'CapsLock', 'Delete', 'F1', 'Escape', 'Home', 'NumLock', 'Lang1', 'KeyÉ', 'Keyboard'],
};

for (const [cls, codes] of Object.entries(EXPECTED)) {
  test(`${cls}: ${codes.length} codes`, () => {
    for (const code of codes) assert.equal(classOf(code), cls, code);
  });
}

test('every letter key has a side', () => {
  const sides = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((one) => classOf(`Key${one}`));
  assert.deepEqual([sides.filter((one) => one === 'letter-left').length, sides.filter((one) => one === 'letter-right').length], [15, 11]);
});
