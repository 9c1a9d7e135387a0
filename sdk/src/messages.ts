/** What the server says on the stream: `policy/session_messages.py`. */

export type Level = 'normal' | 'suspicious' | 'high_risk';

/** One change of the risk: its cause, by how much, and the risk after it (0-1). */
export interface Factor {
  factor: string;
  delta: number;
  layer: string;
  riskScore: number;
  atMs: number;
  message?: string;
}

export interface Welcome {
  type: 'welcome';
  sessionId: string;
  nonce: string;
  seq: number;
  riskScore: number;
  level: Level;
  expiresAt: string;
}

export interface RiskUpdate {
  type: 'risk_update';
  seq: number;
  riskScore: number;
  level: Level;
  factors: Factor[];
}

export interface MpinRequired {
  type: 'mpin_required';
  message: string;
  challengeId: string;
}

export interface MpinResult {
  type: 'mpin_result';
  verified: boolean;
  attemptsLeft: number;
  riskScore: number;
}

export interface SessionBlocked {
  type: 'session_blocked';
  reason: string;
}

/** A message that was not taken; `seq` is the last durable sample. */
export interface Refused {
  type: 'error';
  code: string;
  message: string;
  field?: string;
  seq?: number;
  /** Before so many seconds have passed nothing will be taken. */
  retryAfterS?: number;
}

export type Message = Welcome | RiskUpdate | MpinRequired | MpinResult | SessionBlocked | Refused;
