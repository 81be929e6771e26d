// A real OpenID Connect provider on loopback: node provider.mjs PORT. Prints its issuer; its keys are new at each start.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const server = createServer();
await new Promise((listening) => server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: randomUUID() };
const provider = new Provider(issuer, {
  jwks: { keys: [key] },
  clients: [
    {
      client_id: "page",
      client_secret: "a secret of the page",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => ({
        scope: "read",
        audience: resource.split(":").pop(),
        accessTokenFormat: "jwt",
        accessTokenTTL: 300,
      }),
    },
  },
  extraTokenClaims: () => ({ email: "ada@example.org", email_verified: true, roles: ["staff"] }),
});
server.on("request", provider.callback());
process.stdout.write(`${issuer}\n`);
