// Runs a formula on the service and follows it to its end, in Node.js, Deno or Bun.
//
//   node client.ts HOST PORT DIRECTORY BASE FORMULA [PARAMS]
//   node client.ts 127.0.0.1 27700 /data time_series.parquet work.ts '{"gain":2}'
//
// The environment has the rest: MEASURING_TOKEN, which the service asks for; TLS_CA, a file of certificates (PEM) that
// the service's is checked by, or TLS=1 for those that the machine trusts; JOB_SECONDS, which the job may run;
// REPLY_SECONDS, which the service may be silent (60).

import { readFileSync } from "node:fs";
import process from "node:process";
import {
  Client,
  ConnectionError,
  ServiceError,
} from "../../clients/typescript/measuring_client.ts";

const [host, port, directory, base, formula, params] = process.argv.slice(2);
const { MEASURING_TOKEN, TLS_CA, TLS, JOB_SECONDS, REPLY_SECONDS } = process.env;

if (!host || !port || !directory || !base || !formula) {
  console.error("arguments: HOST PORT DIRECTORY BASE FORMULA [PARAMS]");
  process.exit(2);
}
try {
  const client = new Client({
    host,
    port: Number(port),
    token: MEASURING_TOKEN || undefined,
    tls: TLS_CA ? readFileSync(TLS_CA, "utf8") : Boolean(TLS),
    timeout: Number(REPLY_SECONDS ?? 60),
  });
  const job = {
    Directory: directory,
    Base: base,
    File: formula,
    ...(params === undefined ? {} : { Params: JSON.parse(params) }),
    ...(JOB_SECONDS ? { TimeoutSeconds: Number(JOB_SECONDS) } : {}),
  };
  const response = await client.run(job, (info) => console.error(JSON.stringify(info)));
  console.log(JSON.stringify({ Response: response }));
} catch (error) {
  if (!(error instanceof ServiceError || error instanceof ConnectionError)) throw error;
  console.error(error.message);
  process.exit(1);
}
