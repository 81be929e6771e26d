// @xapi/cmi5: content that was launched by a learning management system, whose part is played here.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { AGENT } from "./samples.mjs";

const require = createRequire(import.meta.url);
const ACTIVITY = "https://example.org/courses/1/unit/1";
const CATEGORY = { id: "https://w3id.org/xapi/cmi5/context/categories/cmi5" };
const headers = ({ key, secret }) => ({
  Authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}`,
  "Content-Type": "application/json",
  "X-Experience-API-Version": "1.0.3",
});

const browser = () => {
  globalThis.XMLHttpRequest = require("xhr2");
  globalThis.window = globalThis;
  return require("@xapi/cmi5/dist/Cmi5.umd.js"); // it names no main file
};

const fetchUrl = (connection) =>
  new Promise((resolve) => {
    const token = Buffer.from(`${connection.key}:${connection.secret}`).toString("base64");
    const server = createServer((request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ "auth-token": token }));
    });
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/fetch`));
  });

const putLaunchData = async (connection, registration) => {
  const query = new URLSearchParams({
    activityId: ACTIVITY,
    agent: JSON.stringify(AGENT),
    stateId: "LMS.LaunchData",
    registration,
  });
  const contextTemplate = {
    contextActivities: { grouping: [{ id: "https://example.org/courses/1" }] },
    extensions: { "https://w3id.org/xapi/cmi5/context/extensions/sessionid": "session-1" },
  };
  const launchData = { launchMode: "Normal", masteryScore: 0.5, moveOn: "Passed", contextTemplate };
  const body = JSON.stringify(launchData);
  await fetch(`${connection.endpoint}activities/state?${query}`, { method: "PUT", headers: headers(connection), body });
};

export async function session(connection) {
  const loaded = browser();
  const Cmi5 = loaded.default ?? loaded;
  const registration = crypto.randomUUID();
  await putLaunchData(connection, registration);
  const fetchAt = await fetchUrl(connection);
  const unit = new Cmi5({
    endpoint: connection.endpoint,
    fetch: fetchAt,
    actor: AGENT,
    activityId: ACTIVITY,
    registration,
  });
  await unit.initialize();
  await unit.progress(50);
  await unit.interactionTrueFalse("t1", "q1", true, true);
  await unit.pass({ scaled: 0.8 });
  await unit.complete();
  await unit.terminate();
  await unit.xapi.setState({
    agent: AGENT, activityId: ACTIVITY, stateId: "bookmark", registration, state: { page: 7 },
  });
  const state = await unit.xapi.getState({ agent: AGENT, activityId: ACTIVITY, stateId: "bookmark", registration });
  const page = (await unit.xapi.getStatements({ registration, limit: 4 })).data;
  const rest = (await unit.xapi.getMoreStatements({ more: page.more })).data;
  const found = [...page.statements, ...rest.statements].reverse();
  return {
    verbs: found.map((each) => each.verb.id.split("/").at(-1)),
    categories: found.map((each) => (each.context.contextActivities.category ?? []).some((one) => one.id === CATEGORY.id)),
    sessions: [...new Set(found.map((each) => Object.values(each.context.extensions)[0]))],
    state: state.data,
    preferences: unit.getLearnerPreferences(),
    launchMode: unit.launchData.launchMode,
  };
}
