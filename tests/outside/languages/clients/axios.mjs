// Make a picture with axios: axios.mjs FILE. An interceptor waits as long as a 429 says, and asks again.
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import axios from "axios";

const api = axios.create({ baseURL: "https://api.imagineview.art/api/v1" });
api.interceptors.response.use(undefined, async (error) => {
  if (error.response?.status !== 429) throw error;
  await sleep(Number(error.response.headers["retry-after"]) * 1000);
  return api.request(error.config);
});

const form = new URLSearchParams({
  username: process.env.IMAGINELAB_USERNAME,
  password: process.env.IMAGINELAB_PASSWORD,
});
const login = await api.post("/auth/login", form);
api.defaults.headers.common.Authorization = `Bearer ${login.data.access_token}`;

const { data: created } = await api.post("/generations", {
  generation_type: "image",
  model_name: "seedream-5.0-lite",
  prompt: "A neon city skyline at dusk",
});

async function finished(id) {
  const { data } = await api.get(`/generations/${id}/status`);
  if (data.status === "completed" || data.status === "failed") return data.status;
  await sleep(Number(process.env.POLL_SECONDS) * 1000);
  return finished(id);
}

const status = await finished(created.id);
const { data: { outputs: [output] } } = await api.get(`/generations/${created.id}`);
const { data: picture } = await axios.get(output, { responseType: "arraybuffer" });
await writeFile(process.argv[2], picture);
console.log(JSON.stringify({ id: created.id, status, output, bytes: picture.length }));
