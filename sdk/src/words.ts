/** Every text a person sees. Give your own in their language. */
export interface Words {
  lang: string;
  dir: 'ltr' | 'rtl';
  title: string;
  why: string;
  label: string;
  confirm: string;
  logOut: string;
  empty: string;
  wrong: (attemptsLeft: number) => string;
  locked: string;
  offline: string;
  checking: string;
  endedTitle: string;
  endedWhy: string;
  signIn: string;
}

export const ENGLISH: Words = {
  lang: 'en',
  dir: 'ltr',
  title: 'Confirm that it is you',
  why: 'Enter your MPIN to go on. Nothing you were doing is lost.',
  label: 'Your MPIN',
  confirm: 'Confirm',
  logOut: 'Log out',
  empty: 'Enter your MPIN.',
  wrong: (left) => `That is not your MPIN. ${left === 1 ? '1 attempt' : `${left} attempts`} left.`,
  locked: 'That is not your MPIN, and no attempts are left.',
  offline: 'There is no connection. Try again in a moment.',
  checking: 'Checking',
  endedTitle: 'Your session has ended',
  endedWhy: 'To keep your account safe we logged you out. Sign in again to go on.',
  signIn: 'Sign in again',
};
