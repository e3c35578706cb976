// A program that uses a TypeScript client made by openapi-generator; the client knows the URL from the document.

import {
    AuthApi,
    BASE_PATH,
    Configuration,
    DetailFromJSON,
    GenerationType,
    GenerationsApi,
    MediaApi,
    ResponseError,
    instanceOfModelView,
    instanceOfPage,
    instanceOfRecordView,
    instanceOfStatusView,
    instanceOfToken,
    instanceOfUser,
} from "./fetch_client/index.ts";
import type { ImageOrder, StatusView, TextOrder, VideoOrder } from "./fetch_client/index.ts";

const diary: Record<string, unknown> = {};

function ensure(holds: boolean, what: unknown): void {
    if (!holds) {
        throw new Error(`not as announced: ${JSON.stringify(what)}`);
    }
}

async function refused(what: string, asking: Promise<unknown>): Promise<void> {
    try {
        await asking;
    } catch (error) {
        if (!(error instanceof ResponseError)) {
            throw error;
        }
        const { detail } = DetailFromJSON(await error.response.json());
        const wait = error.response.headers.get("Retry-After");
        diary[what] = [error.response.status, detail, ...(wait === null ? [] : [wait])];
        return;
    }
    throw new Error(`${what}: not refused`);
}

ensure(BASE_PATH === process.argv[2], BASE_PATH);
let accessToken = "guessed";
const configuration = new Configuration({ accessToken: () => accessToken });
const auth = new AuthApi(configuration);
const generations = new GenerationsApi(configuration);

await refused("wrong password", auth.login({ username: "you@example.com", password: "guessed" }));
await refused("nobody", auth.me());

const token = await auth.login({ username: "you@example.com", password: "YOUR_PASSWORD" });
ensure(instanceOfToken(token), token);
diary["logged in"] = token.tokenType;
accessToken = token.accessToken;

const offered = await generations.models({ generationType: GenerationType.Image });
ensure(offered.every(instanceOfModelView), offered);
diary["offered"] = offered.map((model) => model.name);

const picture: ImageOrder = {
    generationType: "image",
    modelName: "seedream-5.0-lite",
    prompt: "A neon city skyline at dusk",
    settings: { aspectRatio: "16:9" },
    projectId: 7,
};
await refused("too fast", generations.create({ orderBody: picture }));

const ordered = await generations.create({ orderBody: picture });
ensure(instanceOfRecordView(ordered) && ordered.settings?.["aspect_ratio"] === "16:9", ordered);
const made = ordered.createdAt.toISOString().replace(".000", "");
diary["ordered"] = [ordered.id, ordered.generationType, ordered.status, ordered.creditCost, made, ordered.projectId];

const polled: StatusView[] = [];
do {
    polled.push(await generations.status({ id: ordered.id }));
} while (!["completed", "failed"].includes(polled.at(-1)!.status));
ensure(polled.every(instanceOfStatusView), polled);
diary["polled"] = polled.map((seen) => [seen.status, seen.progress]);

const link = new URL((await generations.result({ id: ordered.id })).outputs[0]);
const [, , world, , number, name] = link.pathname.split("/");
const signature = link.searchParams.get("signature")!;
const file = await new MediaApi(configuration).media({ world, id: Number(number), name, signature });
const content = Buffer.from(await file.arrayBuffer());
diary["downloaded"] = [content.subarray(0, 8).toString("hex"), content.subarray(-8).toString("hex")];

const text: TextOrder = { generationType: "text", modelName: "text-standard", prompt: "A haiku" };
const written = await generations.create({ orderBody: text });
diary["written"] = [written.id, written.generationType, written.projectId ?? null];

const user = await auth.me();
ensure(instanceOfUser(user), user);
diary["balance"] = [user.credits, user.plan, user.fullName];

const film: VideoOrder = { generationType: "video", modelName: "video-standard", prompt: "Waves" };
await refused("too dear", generations.create({ orderBody: film }));

const page = await generations.history({ pageSize: 5 });
ensure(instanceOfPage(page), page);
diary["history"] = [page.total, page.items.map((record) => record.id)];

diary["deleted"] = (await generations._delete({ id: ordered.id })).detail;
await refused("gone", generations.result({ id: ordered.id }));

console.log(JSON.stringify(diary));
