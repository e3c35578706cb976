// Make a picture with the fetch that Node comes with: fetch.mjs FILE
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const BASE = "https://api.imagineview.art/api/v1";

async function call(path, options = {}) {
  const response = await fetch(BASE + path, options);
  if (response.status === 429) {
    await sleep(Number(response.headers.get("retry-after")) * 1000);
    return call(path, options);
  }
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

const { access_token } = await call("/auth/login", {
  method: "POST",
  body: new URLSearchParams({
    username: process.env.IMAGINELAB_USERNAME,
    password: process.env.IMAGINELAB_PASSWORD,
  }),
});
const headers = { Authorization: `Bearer ${access_token}` };

const { id } = await call("/generations", {
  method: "POST",
  headers: { ...headers, "Content-Type": "application/json" },
  body: JSON.stringify({
    generation_type: "image",
    model_name: "seedream-5.0-lite",
    prompt: "A neon city skyline at dusk",
  }),
});

let status;
for (;;) {
  ({ status } = await call(`/generations/${id}/status`, { headers }));
  if (status === "completed" || status === "failed") break;
  await sleep(Number(process.env.POLL_SECONDS) * 1000);
}

const { outputs } = await call(`/generations/${id}`, { headers });
const picture = Buffer.from(await (await fetch(outputs[0])).arrayBuffer());
await writeFile(process.argv[2], picture);
console.log(JSON.stringify({ id, status, output: outputs[0], bytes: picture.length }));
