// Runs one step of one client and prints what the client saw: node run.mjs CLIENT STEP '{"endpoint": …, "key": …, "secret": …}'
const [client, step, connection] = process.argv.slice(2);
const steps = await import(`./${client}.mjs`);
const seen = await steps[step](JSON.parse(connection));
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
