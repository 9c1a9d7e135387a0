import {
  WatchwordError, clearEvents, consent, endSession, getCounts, getEvents, on, recordForm, score, startSession, verifyMpin,
} from './watchword.js';

const watchword = {
  WatchwordError, clearEvents, consent, endSession, getCounts, getEvents, on, recordForm, score, startSession, verifyMpin,
};

declare global {
  interface Window {
    watchword: typeof watchword;
  }
}

window.watchword = watchword;
