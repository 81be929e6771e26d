// What all clients send, so that what they see can be compared.
import { createHash } from "node:crypto";

export const AGENT = { objectType: "Agent", name: "Ada", mbox: "mailto:ada@example.org" };
export const VERB = { id: "https://example.org/verbs/read", display: { "en-US": "read" } };
export const ACTIVITY = "https://example.org/nuggets/1";
export const VOIDED = "http://adlnet.gov/expapi/verbs/voided";
export const TEXT = "Grüße, a text in one line";

export const statement = (properties = {}) => ({
  actor: AGENT,
  verb: VERB,
  object: { objectType: "Activity", id: ACTIVITY },
  ...properties,
});

export const evidence = (text) => ({
  usageType: "https://example.org/usages/evidence",
  display: { "en-US": "Evidence" },
  contentType: "text/plain",
  length: Buffer.byteLength(text),
  sha2: createHash("sha256").update(text).digest("hex"),
});

export const bytesOf = (text) => new TextEncoder().encode(text).buffer;

// What a client saw of the Statements it sent, paged through, asked for and voided.
export const seen = (sent, pages, one, voided) => ({
  sent,
  pages: pages.map((page) => page.statements.map((each) => each.id)),
  one: { id: one.id, version: one.version, name: one.actor.name },
  voided: voided.id,
});
