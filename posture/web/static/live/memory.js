/** The session outlives a reload of the page, for as long as the server keeps it. */

const KEPT_MS = 60000; // by the server, after its socket is gone

export class Memory {
  /** @param {string} visit */
  constructor(visit) {
    this.key = `posture.live.${visit}`;
  }

  /**
   * @param {string | null} session
   * @param {boolean} held whether the page has paused the check on its own account
   */
  keep(session, held) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ session, held, at: Date.now() }));
    } catch {
      // then a reload begins anew
    }
  }

  forget() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // nothing was kept either
    }
  }

  /** @returns {{ session: string | null, held: boolean }} */
  recall() {
    try {
      const { session, held, at } = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
      if (Date.now() - at < KEPT_MS) {
        return { session, held };
      }
    } catch {
      // there was none
    }
    return { session: null, held: false };
  }
}
