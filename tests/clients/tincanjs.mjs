// tincanjs
import TinCan from "tincanjs";
import { ACTIVITY, AGENT, TEXT, VERB, VOIDED, bytesOf, evidence, seen, statement } from "./samples.mjs";

const open = ({ endpoint, key, secret, version = "1.0.2" }) =>
  new TinCan.LRS({ endpoint, username: key, password: secret, version, allowFail: false });

const asked = (call) =>
  new Promise((resolve, reject) =>
    call((error, result) => (error === null ? resolve(result) : reject(new Error(`${error} ${result?.responseText}`)))),
  );

const made = (properties) => new TinCan.Statement(statement(properties));

export async function statements(connection) {
  const lrs = open(connection);
  const many = [1, 2, 3, 4, 5].map(() => new TinCan.Statement(statement(), { storeOriginal: false, doStamp: true }));
  const xhr = await asked((callback) => lrs.saveStatements(many, { callback }));
  const sent = JSON.parse(xhr.responseText);
  const params = { verb: new TinCan.Verb(VERB), agent: new TinCan.Agent(AGENT), limit: 2 };
  const pages = [await asked((callback) => lrs.queryStatements({ params, callback }))];
  while (pages.at(-1).more) {
    const url = pages.at(-1).more;
    pages.push(await asked((callback) => lrs.moreStatements({ url, callback })));
  }
  const one = await asked((callback) => lrs.retrieveStatement(sent[0], { callback }));
  const voiding = made({ verb: { id: VOIDED }, object: { objectType: "StatementRef", id: sent[1] } });
  await asked((callback) => lrs.saveStatement(voiding, { callback }));
  const voided = await asked((callback) => lrs.retrieveVoidedStatement(sent[1], { callback }));
  return seen(sent, pages, one, voided);
}

export async function documents(connection) {
  const lrs = open(connection);
  const agent = new TinCan.Agent(AGENT);
  const activity = new TinCan.Activity({ id: ACTIVITY });
  const contentType = "application/json";
  const within = { agent, activity };
  await asked((callback) => lrs.saveState("bookmark", { page: 1 }, { ...within, contentType, callback }));
  const first = await asked((callback) => lrs.retrieveState("bookmark", { ...within, callback }));
  const merge = { ...within, contentType, method: "POST" };
  await asked((callback) => lrs.saveState("bookmark", { note: "x" }, { ...merge, callback }));
  const state = await asked((callback) => lrs.retrieveState("bookmark", { ...within, callback }));
  const stale = { ...within, contentType, lastSHA1: first.etag };
  const refused = await asked((callback) => lrs.saveState("bookmark", { page: 9 }, { ...stale, callback })).then(
    () => "accepted",
    () => "refused",
  );
  const ids = await asked((callback) => lrs.retrieveStateIds({ ...within, callback }));
  const created = { contentType, requestHeaders: { "If-None-Match": "*" } };
  await asked((callback) => lrs.saveAgentProfile("likes", { colour: "red" }, { agent, ...created, callback }));
  await asked((callback) => lrs.saveActivityProfile("facts", { pages: 3 }, { activity, ...created, callback }));
  const likes = await asked((callback) => lrs.retrieveAgentProfile("likes", { agent, callback }));
  const facts = await asked((callback) => lrs.retrieveActivityProfile("facts", { activity, callback }));
  await asked((callback) => lrs.dropState("bookmark", { ...within, callback }));
  const left = await asked((callback) => lrs.retrieveStateIds({ ...within, callback }));
  return {
    state: state.contents,
    refused,
    ids,
    agentProfile: likes.contents,
    activityProfile: facts.contents,
    left,
  };
}

const attached = (text) => {
  const attachment = new TinCan.Attachment(evidence(text));
  attachment.setContent(bytesOf(text));
  return attachment;
};

export async function attachments(connection) {
  const lrs = open(connection);
  const ids = [];
  for (const text of [TEXT, "another"]) {
    const sent = new TinCan.Statement({ ...statement(), attachments: [attached(text)] });
    await asked((callback) => lrs.saveStatement(sent, { callback }));
    ids.push(sent.id);
  }
  const params = { attachments: true };
  const one = await asked((callback) => lrs.retrieveStatement(ids[0], { params, callback }));
  const page = await asked((callback) => lrs.queryStatements({ params: { ...params, limit: 2 }, callback }));
  return {
    same: one.id === ids[0],
    content: one.attachments[0].getContentAsString(),
    pages: page.statements.map((each) => each.attachments[0].getContentAsString()),
  };
}

export async function twoAttachments(connection) {
  const sent = new TinCan.Statement({ ...statement(), attachments: [TEXT, "another"].map(attached) });
  const saved = asked((callback) => open(connection).saveStatement(sent, { callback }));
  return { outcome: await saved.then(() => "accepted", (error) => String(error.message)) };
}

export async function entities(connection) {
  const lrs = open(connection);
  await asked((callback) => lrs.saveStatement(made(), { callback }));
  const about = await asked((callback) => lrs.about({ callback }));
  const activity = await asked((callback) => lrs.retrieveActivity(ACTIVITY, { callback }));
  return { versions: about.version, activity: activity.id };
}

export async function wrongPassword(connection) {
  const lrs = open({ ...connection, secret: "wrong" });
  return new Promise((resolve) =>
    lrs.queryStatements({
      params: {},
      callback: (status) => resolve({ status, outcome: status === null ? "accepted" : "refused" }),
    }),
  );
}
