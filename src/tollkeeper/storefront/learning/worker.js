// The service worker. Pages come from the network; what it keeps is for when there is none: lessons that were opened
// (as copies without anything personal), their files up to a bound, and the offline page. Served at /sw.js with two
// lines before these: VERSION, the digest of all of this, and KNOWN.

const LESSON = /^\/learn\/[-\w]+\/[-\w]+\/$/;
const FILE = /^\/learn\/[-\w]+\/[-\w]+\/files\/[^/]+$/;
const HASHED = /^\/static\/.+\.[0-9a-f]{12}\.\w+$/;
const AWAY = new Set([502, 503, 504]); // a proxy's or our own word for "not now"

const SHELL = `tollkeeper-shell-${VERSION}`; // the offline pages of this version
const STATICS = "tollkeeper-statics"; // survives versions: kept lessons need the styles they were kept with
const LESSONS = "tollkeeper-lessons";
const FILES = "tollkeeper-files";
const STATE = "tollkeeper-state"; // the language, and when access was last looked at

const MOST_LESSONS = 300;
const MOST_STATICS = 120;
const MOST_FILE = 20 * 1024 * 1024; // a longer recording needs the network
const MOST_FILES = 150 * 1024 * 1024; // all files together
const LONGEST = 30 * 24 * 3600 * 1000; // without a look at access for so long, nothing is shown any more

const LOOSE = { ignoreVary: true };

// Coming and going --------------------------------------------------------------------------------------------------

// A new version takes over at once: it keeps no page that the old one would show differently.
addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(furnish());
});

addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

async function furnish() {
  const shell = await caches.open(SHELL);
  await shell.addAll(Object.values(KNOWN.pages).map((page) => new Request(page, { cache: "reload" })));
  const statics = await caches.open(STATICS);
  await Promise.all(KNOWN.statics.map((path) => keepStatic(statics, path)));
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("tollkeeper-shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await registration.navigationPreload?.enable();
  await clients.claim();
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && pathname === KNOWN.signOut) event.waitUntil(forget());
  if (request.method !== "GET") return;
  if (HASHED.test(pathname)) event.respondWith(fromStatics(request, pathname));
  else if (FILE.test(pathname)) event.respondWith(lessonFile(event, pathname));
  else if (request.mode === "navigate") event.respondWith(page(event, pathname));
});

// Pages -------------------------------------------------------------------------------------------------------------

async function page(event, path) {
  let answer;
  try {
    answer = (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await keptLesson(path)) ?? offlinePage();
  }
  if (AWAY.has(answer.status)) return (await keptLesson(path)) ?? answer;
  event.waitUntil(learnFrom(answer, path).catch(() => {})); // a full disk must not break a page
  return answer;
}

async function learnFrom(answer, path) {
  const language = answer.headers.get("Content-Language");
  if (language && language !== (await recall("language"))) await note("language", language);
  if (!LESSON.test(path)) return;
  if (answer.ok) await keep(path);
  else if (answer.type === "opaqueredirect" || answer.status === 404) await forget(path.split("/", 3).join("/") + "/");
}

async function keptLesson(path) {
  const copy = await (await caches.open(LESSONS)).match(path, LOOSE);
  if (!copy) return undefined;
  if (Date.now() - Number(await recall("looked")) < LONGEST) return copy;
  await forget();
  return undefined;
}

async function offlinePage() {
  const page = KNOWN.pages[await recall("language")] ?? KNOWN.pages[KNOWN.language];
  return (await (await caches.open(SHELL)).match(page, LOOSE)) ?? Response.error();
}

// Keeping -----------------------------------------------------------------------------------------------------------

async function keep(path) {
  const copy = await fetch(`${path}copy`, { cache: "no-store", redirect: "error" });
  if (!copy.ok) return;
  const statics = await caches.open(STATICS);
  const needed = (await copy.clone().text()).match(/\/static\/[^"]+/g) ?? [];
  await Promise.all([...new Set(needed)].map((one) => keepStatic(statics, one)));
  const lessons = await caches.open(LESSONS);
  await lessons.delete(path, LOOSE); // the newest stands last, and the oldest go first
  await lessons.put(path, copy.clone());
  await note("looked", Date.now());
  await trim(lessons, MOST_LESSONS);
  await trim(statics, MOST_STATICS);
  if (!navigator.connection?.saveData) await keepFiles(JSON.parse(copy.headers.get("Tollkeeper-Files") ?? "[]"));
}

async function keepFiles(wanted) {
  const files = await caches.open(FILES);
  for (const [path, size, tag] of wanted) {
    if (size > MOST_FILE) continue;
    const known = await files.match(path, LOOSE);
    if (known?.headers.get("ETag") === tag) continue;
    const answer = await fetch(path, { cache: "no-store", redirect: "error" });
    if (answer.status === 200) await files.put(path, answer);
  }
  await trimBytes(files, MOST_FILES);
}

async function keepStatic(statics, path) {
  if (!(await statics.match(path, LOOSE))) await statics.add(path);
}

// Forget what is kept: all of it, or what is below a path.
async function forget(path = "") {
  for (const name of [LESSONS, FILES]) {
    if (path) {
      const cache = await caches.open(name);
      const keys = (await cache.keys()).filter((key) => new URL(key.url).pathname.startsWith(path));
      await Promise.all(keys.map((key) => cache.delete(key, LOOSE)));
    } else await caches.delete(name);
  }
}

async function trim(cache, most) {
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => cache.delete(key, LOOSE)));
}

async function trimBytes(cache, most) {
  let sum = 0;
  for (const key of (await cache.keys()).reverse()) {
    const answer = await cache.match(key, LOOSE);
    sum += Number(answer?.headers.get("Content-Length") ?? MOST_FILE);
    if (sum > most) await cache.delete(key, LOOSE);
  }
}

async function note(name, value) {
  await (await caches.open(STATE)).put(`/${name}`, new Response(String(value)));
}

async function recall(name) {
  return (await (await caches.open(STATE)).match(`/${name}`, LOOSE))?.text() ?? "";
}

// Files -------------------------------------------------------------------------------------------------------------

async function fromStatics(request, path) {
  const statics = await caches.open(STATICS);
  return (await statics.match(path, LOOSE)) ?? fetch(request);
}

async function lessonFile(event, path) {
  const files = await caches.open(FILES);
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    if (answer.status === 404) event.waitUntil(files.delete(path, LOOSE));
    if (!AWAY.has(answer.status)) return answer;
  } catch {
    // No network: perhaps it is kept.
  }
  const known = await files.match(path, LOOSE);
  if (!known) return event.request.mode === "navigate" ? offlinePage() : Response.error();
  return part(known, event.request.headers.get("Range"));
}

// Players of sound and video ask for ranges; caches hold whole files.
async function part(whole, range) {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  if (!asked) return whole;
  const bytes = await whole.blob();
  const first = Number(asked[1]);
  const last = Math.min(asked[2] ? Number(asked[2]) : Infinity, bytes.size - 1);
  if (first > last) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${bytes.size}` } });
  const headers = new Headers(whole.headers);
  headers.set("Content-Range", `bytes ${first}-${last}/${bytes.size}`);
  headers.set("Content-Length", String(last - first + 1));
  return new Response(bytes.slice(first, last + 1, bytes.type), { status: 206, headers });
}
