// Make a picture with undici: undici.mjs FILE
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

const BASE = "https://api.imagineview.art/api/v1";

async function call(path, options = {}) {
  const { statusCode, headers, body } = await request(BASE + path, options);
  const content = await body.json();
  if (statusCode === 429) {
    await sleep(Number(headers["retry-after"]) * 1000);
    return call(path, options);
  }
  if (statusCode >= 400) throw new Error(`${path}: ${statusCode} ${content.detail}`);
  return content;
}

const { access_token } = await call("/auth/login", {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({
    username: process.env.IMAGINELAB_USERNAME,
    password: process.env.IMAGINELAB_PASSWORD,
  }).toString(),
});
const headers = { authorization: `Bearer ${access_token}` };

const { id } = await call("/generations", {
  method: "POST",
  headers: { ...headers, "content-type": "application/json" },
  body: JSON.stringify({
    generation_type: "image",
    model_name: "seedream-5.0-lite",
    prompt: "A neon city skyline at dusk",
  }),
});

let status;
do {
  if (status) await sleep(Number(process.env.POLL_SECONDS) * 1000);
  ({ status } = await call(`/generations/${id}/status`, { headers }));
} while (status !== "completed" && status !== "failed");

const { outputs } = await call(`/generations/${id}`, { headers });
const { body } = await request(outputs[0]);
const picture = Buffer.from(await body.arrayBuffer());
await writeFile(process.argv[2], picture);
console.log(JSON.stringify({ id, status, output: outputs[0], bytes: picture.length }));
