// News of the office's queue. One tab holds the connection (Web Locks) and tells the others (BroadcastChannel). A page
// that shows the queue (<main data-queue>) fetches itself again and swaps its content; what was marked or typed stays.

const FALLBACK = 15_000; // while nothing is heard
const SLOW = 60_000; // while something is, for what no line of the journal tells
const LONGEST_PAUSE = 30_000;
const TICKET_LIFE = 40_000;
const AT_MOST_EVERY = 700;

const channel = "BroadcastChannel" in window ? new BroadcastChannel("tollkeeper-office") : null;
const ticket = { text: document.body.dataset.queueTicket, at: performance.now() };

let source = null;
let connected = false;
let leads = false;
let pause = 500;
let retry = 0;

async function freshTicket() {
  if (performance.now() - ticket.at < TICKET_LIFE) return ticket.text;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const answer = await fetch("/console/ticket", { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok) throw new Error(`ticket: ${answer.status}`);
  Object.assign(ticket, { text: (await answer.json()).ticket, at: performance.now() });
  return ticket.text;
}

function setConnected(value) {
  connected = value;
  document.documentElement.dataset.live = value ? "on" : "off";
}

// Every tab looks again: the one that heard, and those that it tells.
function heard() {
  channel?.postMessage("queue");
  look();
}

function disconnect() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

async function connect() {
  disconnect();
  try {
    source = new EventSource(`/live?ticket=${encodeURIComponent(await freshTicket())}`);
  } catch {
    later();
    return;
  }
  source.addEventListener("open", () => {
    if (pause > 500) heard(); // what happened while nothing was heard
    pause = 500;
    setConnected(true);
    channel?.postMessage("up");
  });
  source.addEventListener("queue", heard);
  source.addEventListener("error", later);
}

function later() {
  disconnect();
  setConnected(false);
  channel?.postMessage("down");
  ticket.at = -TICKET_LIFE;
  pause = Math.min(pause * 2, LONGEST_PAUSE);
  retry = setTimeout(connect, pause / 2 + Math.random() * pause);
}

let resign = () => {};
function lead() {
  leads = true;
  connect();
  return new Promise((done) => (resign = done));
}

function stand() {
  if (!ticket.text || leads) return;
  if (!navigator.locks || !channel) lead();
  else navigator.locks.request("tollkeeper-office", lead);
}

channel?.addEventListener("message", ({ data }) => {
  if (data === "queue") look();
  if (data === "up") setConnected(true);
  if (data === "down") setConnected(false);
  if (data === "hello" && leads && source?.readyState === EventSource.OPEN) channel.postMessage("up");
});

// Looking again -------------------------------------------------------------------------------------------------------

const shows = () => "queue" in (document.querySelector("main")?.dataset ?? {});
let running = false;
let again = false;
let lookedAt = -AT_MOST_EVERY;

async function look() {
  if (!shows()) return;
  if (running) {
    again = true;
    return;
  }
  running = true;
  do {
    again = false;
    const wait = AT_MOST_EVERY - (performance.now() - lookedAt);
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    lookedAt = performance.now();
    await refresh().catch(() => {});
  } while (again);
  running = false;
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const main = document.querySelector("main");
  if (!fresh || content(fresh) === content(main)) return;
  const values = [...main.querySelectorAll("input[id]:not([type=checkbox])")].map((field) => [field.id, field.value]);
  const marks = [...main.querySelectorAll("input[type=checkbox]:checked")].map((field) => field.id);
  const active = main.contains(document.activeElement) ? document.activeElement.id : "";
  main.replaceChildren(...fresh.childNodes);
  for (const [id, value] of values) if (document.getElementById(id)) document.getElementById(id).value = value;
  for (const id of marks) if (document.getElementById(id)) document.getElementById(id).checked = true;
  if (active) (document.getElementById(active) ?? main).focus({ preventScroll: true });
  announce();
}

// Everything but the forms' proofs of origin, which differ each time.
function content(main) {
  const copy = main.cloneNode(true);
  for (const field of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) field.remove();
  for (const field of copy.querySelectorAll("input")) field.removeAttribute("style");
  return copy.innerHTML;
}

let silence = 0;
function announce() {
  const place = document.getElementById("announcement");
  place.textContent = place.dataset.queue;
  clearTimeout(silence);
  silence = setTimeout(() => (place.textContent = ""), 4_000);
}

let beatenAt = performance.now();
setInterval(() => {
  if (document.hidden || performance.now() - beatenAt < (connected ? SLOW : FALLBACK)) return;
  beatenAt = performance.now();
  look();
}, 1_000);

let hiddenSince = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenSince = performance.now();
  else if (performance.now() - hiddenSince > 5_000) {
    if (leads) later();
    look();
  }
});
addEventListener("pagehide", () => {
  leads = false;
  disconnect();
  resign();
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  stand();
  look();
});

setConnected(false);
channel?.postMessage("hello");
stand();
