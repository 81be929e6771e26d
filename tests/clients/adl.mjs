// adl-xapiwrapper (2013; it sends version 1.0.1 and knows no attachments)
import wrapper from "adl-xapiwrapper";
import { ACTIVITY, AGENT, VERB, VOIDED, seen, statement } from "./samples.mjs";

const open = ({ endpoint, key, secret }) =>
  new wrapper.XAPIWrapper({ url: endpoint, auth: { user: key, pass: secret } });

const asked = (lrs, method, ...values) =>
  new Promise((resolve, reject) =>
    lrs[method](...values, (error, response, body) => (error ? reject(error) : resolve({ response, body }))),
  );

const read = async (lrs, method, ...values) => JSON.parse((await asked(lrs, method, ...values)).body);

export async function statements(connection) {
  const lrs = open(connection);
  const sent = await read(lrs, "sendStatements", [1, 2, 3, 4, 5].map(() => statement()));
  const filter = { verb: VERB.id, agent: JSON.stringify(AGENT), limit: 2 };
  const pages = [await read(lrs, "getStatements", filter, null)];
  while (pages.at(-1).more) pages.push(await read(lrs, "getStatements", null, pages.at(-1).more));
  const one = await read(lrs, "getStatements", { statementId: sent[0] }, null);
  await read(lrs, "sendStatements", statement({ verb: { id: VOIDED }, object: { objectType: "StatementRef", id: sent[1] } }));
  const voided = await read(lrs, "getStatements", { voidedStatementId: sent[1] }, null);
  return seen(sent, pages, one, voided);
}

export async function documents(connection) {
  const lrs = open(connection);
  const key = [ACTIVITY, AGENT, "bookmark"];
  await asked(lrs, "sendState", ...key, null, { page: 1 }, null, null);
  await asked(lrs, "sendState", ...key, null, { note: "x" }, wrapper.hash('{"page":1}'), null);
  const state = await read(lrs, "getState", ...key, null, null);
  const stale = await asked(lrs, "sendState", ...key, null, { page: 9 }, wrapper.hash("stale"), null);
  const ids = await read(lrs, "getState", ACTIVITY, AGENT, null, null, new Date(0));
  await asked(lrs, "sendAgentProfile", AGENT, "likes", { colour: "red" }, null, "*");
  await asked(lrs, "sendActivityProfile", ACTIVITY, "facts", { pages: 3 }, null, "*");
  const agentProfile = await read(lrs, "getAgentProfile", AGENT, "likes", null);
  const activityProfile = await read(lrs, "getActivityProfile", ACTIVITY, "facts", null);
  const refused = stale.response.statusCode === 412 ? "refused" : "accepted";
  return { state, refused, ids, agentProfile, activityProfile };
}

export async function entities(connection) {
  const lrs = open(connection);
  await read(lrs, "sendStatements", [statement()]);
  const usable = await new Promise((resolve) => lrs.testConfig(resolve)); // reads About, then one Statement
  const person = await read(lrs, "getAgents", AGENT);
  const activity = await read(lrs, "getActivities", ACTIVITY);
  return { versions: usable ? ["1.0.3"] : [], person: person.objectType, activity: activity.id };
}

export async function wrongPassword(connection) {
  const { response } = await asked(open({ ...connection, secret: "wrong" }), "getStatements", null, null);
  return { status: response.statusCode, outcome: response.statusCode === 200 ? "accepted" : "refused" };
}
