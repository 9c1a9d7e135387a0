/** What went wrong, by a stable code: `NO_CONSENT`, `NO_SESSION`, `OFFLINE`, or what the server's problem document says. */
export class WatchwordError extends Error {
  override readonly name = 'WatchwordError';

  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }
}
