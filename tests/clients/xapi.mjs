// @xapi/xapi
import XAPI from "@xapi/xapi";
import { ACTIVITY, AGENT, TEXT, VERB, bytesOf, evidence, seen, statement } from "./samples.mjs";

const open = ({ endpoint, key, secret, version = "1.0.3" }) =>
  new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version, adapter: "fetch" });

export async function statements(connection) {
  const lrs = open(connection);
  const sent = (await lrs.sendStatements({ statements: [1, 2, 3, 4, 5].map(() => statement()) })).data;
  const pages = [(await lrs.getStatements({ verb: VERB.id, agent: AGENT, limit: 2 })).data];
  while (pages.at(-1).more) pages.push((await lrs.getMoreStatements({ more: pages.at(-1).more })).data);
  const one = (await lrs.getStatement({ statementId: sent[0] })).data;
  await lrs.voidStatement({ actor: AGENT, statementId: sent[1] });
  const voided = (await lrs.getVoidedStatement({ voidedStatementId: sent[1] })).data;
  return seen(sent, pages, one, voided);
}

export async function documents(connection) {
  const lrs = open(connection);
  const key = { agent: AGENT, activityId: ACTIVITY, stateId: "bookmark" };
  await lrs.setState({ ...key, state: { page: 1 } });
  const first = await lrs.getState(key);
  await lrs.createState({ ...key, state: { note: "x" } });
  const state = await lrs.getState(key);
  const stale = { ...key, state: { page: 9 }, etag: first.headers.etag, matchHeader: "If-Match" };
  const refused = await lrs.setState(stale).then(() => "accepted", () => "refused");
  const ids = (await lrs.getStates({ agent: AGENT, activityId: ACTIVITY })).data;
  const created = { etag: "*", matchHeader: "If-None-Match" };
  await lrs.setAgentProfile({ agent: AGENT, profileId: "likes", profile: { colour: "red" }, ...created });
  await lrs.setActivityProfile({ activityId: ACTIVITY, profileId: "facts", profile: { pages: 3 }, ...created });
  const agentProfile = (await lrs.getAgentProfile({ agent: AGENT, profileId: "likes" })).data;
  const activityProfile = (await lrs.getActivityProfile({ activityId: ACTIVITY, profileId: "facts" })).data;
  await lrs.deleteState(key);
  const left = (await lrs.getStates({ agent: AGENT, activityId: ACTIVITY })).data;
  return { state: state.data, refused, ids, agentProfile, activityProfile, left };
}

export async function attachments(connection) {
  const lrs = open(connection);
  const sent = await lrs.sendStatement({
    statement: statement({ attachments: [evidence(TEXT)] }),
    attachments: [bytesOf(TEXT)],
  });
  const [one, content] = (await lrs.getStatement({ statementId: sent.data[0], attachments: true })).data;
  await lrs.sendStatement({
    statement: statement({ attachments: [evidence("another")] }),
    attachments: [bytesOf("another")],
  });
  const page = (await lrs.getStatements({ attachments: true, limit: 1 })).data;
  const next = (await lrs.getMoreStatements({ more: page[0].more })).data;
  return { same: one.id === sent.data[0], content, pages: [page[1], next[1]] };
}

export async function twoAttachments(connection) {
  const texts = [TEXT, "another"];
  const sent = open(connection).sendStatement({
    statement: statement({ attachments: texts.map(evidence) }),
    attachments: texts.map(bytesOf),
  });
  return { outcome: await sent.then(() => "accepted", (error) => String(error.message)) };
}

export async function entities(connection) {
  const lrs = open(connection);
  await lrs.sendStatement({ statement: statement() });
  const about = (await lrs.getAbout()).data;
  const person = (await lrs.getAgent({ agent: AGENT })).data;
  const activity = (await lrs.getActivity({ activityId: ACTIVITY })).data;
  return { versions: about.version, person: person.objectType, activity: activity.id };
}

export async function wrongPassword(connection) {
  const response = await fetch(`${connection.endpoint}statements`, {
    headers: { "X-Experience-API-Version": "1.0.3", Authorization: XAPI.toBasicAuth(connection.key, "wrong") },
  });
  const asked = open({ ...connection, secret: "wrong" }).getStatements();
  return { status: response.status, outcome: await asked.then(() => "accepted", () => "refused") };
}
