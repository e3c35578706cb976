// Make a picture with undici's own fetch, as programs behind a company's proxy do it: undici_env_proxy.mjs FILE
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvHttpProxyAgent, fetch, setGlobalDispatcher } from "undici";

setGlobalDispatcher(new EnvHttpProxyAgent());

const BASE = "https://api.imagineview.art/api/v1";
const json = { "Content-Type": "application/json" };
const order = {
  generation_type: "image",
  model_name: "seedream-5.0-lite",
  prompt: "A neon city skyline at dusk",
};

const login = new URLSearchParams({
  username: process.env.IMAGINELAB_USERNAME,
  password: process.env.IMAGINELAB_PASSWORD,
});
const { access_token } = await (await fetch(`${BASE}/auth/login`, { method: "POST", body: login })).json();
const key = { Authorization: `Bearer ${access_token}` };

const create = () =>
  fetch(`${BASE}/generations`, { method: "POST", headers: { ...key, ...json }, body: JSON.stringify(order) });
let created = await create();
while (created.status === 429) {
  await sleep(Number(created.headers.get("Retry-After")) * 1000);
  created = await create();
}
const { id } = await created.json();

let status = "pending";
while (status !== "completed" && status !== "failed") {
  if (status !== "pending") await sleep(Number(process.env.POLL_SECONDS) * 1000);
  ({ status } = await (await fetch(`${BASE}/generations/${id}/status`, { headers: key })).json());
}

const { outputs } = await (await fetch(`${BASE}/generations/${id}`, { headers: key })).json();
await pipeline((await fetch(outputs[0])).body, createWriteStream(process.argv[2]));
const { size } = await stat(process.argv[2]);
console.log(JSON.stringify({ id, status, output: outputs[0], bytes: size }));
