/** What was said about collecting. Unknown is no. */
export interface Consented {
  consent?: boolean | undefined;
  /**
   * The application collects for security only, and stands by it: Global Privacy Control, which is about selling and
   * sharing, then does not stop the collector. Consent is needed all the same.
   */
  securityPurpose?: boolean | undefined;
}

/** Whether anything may be collected or sent. */
export function mayCollect(said: Consented, gpc = globalPrivacyControl()): boolean {
  return said.consent === true && (!gpc || said.securityPurpose === true);
}

function globalPrivacyControl(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}
