// News of the visitor's orders. One tab holds the connection (Web Locks) and tells the others (BroadcastChannel);
// a browser without locks connects each tab. While there is no connection the waiting orders are asked for by polling.
//
// Says `tollkeeper:order` on the document, detail {reference, payment, access, payment_id, stream, heard}; show.js listens.

const POLL = 3_000;
const BEAT = 6_000; // with a live connection the beat only tells the server that somebody is waiting
const LONGEST_PAUSE = 30_000;
const TICKET_LIFE = 40_000; // a ticket opens a stream for 60 s
const REPORT_LIFE = 3_000_000; // and may report for an hour
const WAITING = new Set(["created", "open", "attempt_failed", "confirming", "paid", "questioned"]);

const data = document.body.dataset;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("tollkeeper") : null;
const ticket = { text: data.liveTicket, scope: data.liveScope, at: performance.now() };

let source = null; // the EventSource, in the tab that leads
let connected = false; // whether some tab of this browser hears live news
let leads = false;
let resign = () => {};
let queue = null; // withdraws from the queue for the lead
let pause = 500;
let retry = 0;

// Tickets ---------------------------------------------------------------------------------------------------------

async function freshTicket({ force = false, life = TICKET_LIFE } = {}) {
  if (!force && performance.now() - ticket.at < life) return ticket.text;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  const answer = await fetch("/live/ticket", { method: "POST", headers: { "X-CSRFToken": token ?? "" } });
  if (!answer.ok) throw new Error(`ticket: ${answer.status}`);
  const fresh = await answer.json();
  Object.assign(ticket, { text: fresh.ticket, scope: fresh.scope, at: performance.now() });
  return ticket.text;
}

// The connection --------------------------------------------------------------------------------------------------

function tell(kind, detail = {}) {
  channel?.postMessage({ kind, ...detail });
}

function publish(detail) {
  document.dispatchEvent(new CustomEvent("tollkeeper:order", { detail: { ...detail, heard: performance.now() } }));
}

function setConnected(value) {
  connected = value;
  document.documentElement.dataset.live = value ? "on" : "off";
}

function disconnect() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

async function connect({ renew = false } = {}) {
  disconnect();
  if (!leads) return;
  try {
    const text = await freshTicket({ force: renew });
    disconnect();
    if (!leads || !text) return; // nothing to wait for
    source = new EventSource(`/live?ticket=${encodeURIComponent(text)}`);
  } catch {
    later();
    return;
  }
  source.addEventListener("open", () => {
    pause = 500;
    setConnected(true);
    tell("up");
  });
  source.addEventListener("order", (event) => {
    const detail = JSON.parse(event.data);
    tell("order", { detail });
    publish(detail);
  });
  source.addEventListener("error", later);
}

// The browser would try again with the old ticket, so we try ourselves with a new one.
function later() {
  disconnect();
  setConnected(false);
  tell("down");
  retry = setTimeout(() => connect({ renew: true }), pause + Math.random() * pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

// Leading ---------------------------------------------------------------------------------------------------------

function lead() {
  leads = true;
  connect();
  return new Promise((done) => (resign = done));
}

function resignNow() {
  leads = false;
  disconnect();
  queue?.abort();
  resign();
}

function standForLeader({ steal = false } = {}) {
  if (!ticket.text || leads) return;
  if (!navigator.locks || !channel) {
    lead();
    return;
  }
  queue?.abort();
  queue = new AbortController();
  navigator.locks.request("tollkeeper-live", steal ? { steal } : { signal: queue.signal }, lead).catch(robbed);
}

// A visible tab took the lead because this one, asleep, did not answer.
function robbed() {
  if (!leads) return; // only withdrawn from the queue
  resignNow();
  standForLeader();
}

function hello() {
  setConnected(false);
  tell("hello", { scope: ticket.scope });
}

channel?.addEventListener("message", ({ data: message }) => {
  if (message.kind === "order") publish(message.detail);
  if (message.kind === "up") setConnected(true);
  if (message.kind === "down") setConnected(false);
  if (message.kind === "hello" && leads) {
    // A page that knows of other orders was opened: the connection must hear of those too.
    if (message.scope !== ticket.scope) connect({ renew: true });
    else if (source?.readyState === EventSource.OPEN) tell("up");
  }
});

// A phone that slept may hold a connection that is dead without knowing it, here or in the tab that leads.
let hiddenSince = 0;
function wake() {
  pause = 500;
  if (leads) connect({ renew: true });
  else {
    hello();
    setTimeout(() => connected || standForLeader({ steal: true }), 2_000);
  }
  poll();
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenSince = performance.now();
  else if (performance.now() - hiddenSince > 5_000) wake();
});
addEventListener("online", wake);
addEventListener("pagehide", resignNow); // also lets the browser keep the page for its back button
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  standForLeader();
  wake();
});

// Polling and the beat of who waits ---------------------------------------------------------------------------------

function waitingOrders() {
  const words = document.querySelector("main")?.dataset.liveStates?.split(" ") ?? [];
  const waiting = words
    .map((word) => word.split(":"))
    .filter(([reference, payment, access]) => reference && WAITING.has(payment) && (access === "none" || access === "pending"));
  return waiting.map(([reference]) => reference).slice(0, 3);
}

async function poll() {
  if (document.hidden) return;
  const here = document.querySelector("main")?.dataset.waiting; // the order page waits for its own order
  const references = connected ? [here].filter(Boolean) : here ? [here] : waitingOrders();
  for (const reference of references) {
    try {
      const answer = await fetch(`/orders/${encodeURIComponent(reference)}/state`, { cache: "no-store" });
      if (answer.ok) publish(await answer.json());
    } catch {
      // The network is away; the next beat tries again.
    }
  }
}

async function beat() {
  await poll();
  setTimeout(beat, connected ? BEAT : POLL);
}

document.addEventListener("tollkeeper:ticket", async ({ detail }) => {
  detail.give(await freshTicket({ life: REPORT_LIFE }).catch(() => ""));
});

hello();
standForLeader();
setTimeout(beat, POLL);
