// Shows news of an order: fetches this page again, swaps <main>, says it aloud, and reports how long it took.

const seen = new Map(); // reference → payment:access, beyond what the page was rendered with
let running = null;
let again = false;

function known(reference) {
  if (seen.has(reference)) return seen.get(reference);
  const words = document.querySelector("main").dataset.liveStates?.split(" ") ?? [];
  const word = words.find((one) => one.startsWith(`${reference}:`));
  return word?.slice(reference.length + 1);
}

function learn() {
  for (const word of document.querySelector("main").dataset.liveStates?.split(" ") ?? []) seen.delete(word.split(":")[0]);
}

// Forms, focus -------------------------------------------------------------------------------------------------------

function typed(main) {
  return [...main.querySelectorAll("input[id]:not([type=file]), textarea[id]")]
    .filter((field) => field.value !== field.defaultValue)
    .map((field) => [field.id, field.value]);
}

// A file that somebody chose cannot be typed in again by a script: its field goes over as it is.
function chosen(main) {
  return [...main.querySelectorAll("input[type=file][id]")].filter((field) => field.files.length);
}

function swap(fresh) {
  const main = document.querySelector("main");
  const active = main.contains(document.activeElement) ? document.activeElement : null;
  const values = typed(main);
  const files = chosen(main);
  for (const name of main.getAttributeNames()) if (name !== "id") main.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) main.setAttribute(name, fresh.getAttribute(name));
  main.replaceChildren(...fresh.childNodes);
  document.querySelector(".notices")?.remove(); // they speak of what was before
  for (const field of files) document.getElementById(field.id)?.replaceWith(field);
  for (const [id, value] of values) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  if (active && active !== main) (document.getElementById(active.id) ?? main).focus({ preventScroll: true });
}

async function refresh() {
  const main = document.querySelector("main");
  if ("still" in main.dataset) return true; // a lesson that somebody reads stays as it is
  const address = new URL(location.href);
  address.searchParams.delete("back");
  const answer = await fetch(address, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main");
  if (!fresh) return false;
  document.title = page.title;
  swap(fresh);
  learn();
  return true;
}

// Several pieces of news at once need one look; news that arrives during the look needs another.
function refreshOnce() {
  if (running) {
    again = true;
    return running;
  }
  running = (async () => {
    let shown;
    do {
      again = false;
      shown = await refresh().catch(() => false);
    } while (again);
    running = null;
    return shown;
  })();
  return running;
}

// Saying and reporting -------------------------------------------------------------------------------------------------

let silence = 0;
function announce({ payment, access }) {
  const place = document.getElementById("announcement");
  const words = place.dataset;
  place.textContent = words[`${payment}_${access}`] ?? words[access] ?? words[payment] ?? words.other;
  clearTimeout(silence);
  silence = setTimeout(() => (place.textContent = ""), 10_000);
}

// A hidden tab paints nothing: its screen is right when the swap is done.
function painted() {
  if (document.hidden) return Promise.resolve();
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}

function currentTicket() {
  return new Promise((give) => document.dispatchEvent(new CustomEvent("tollkeeper:ticket", { detail: { give } })));
}

async function report(paymentId, stream, ms) {
  const ticket = await currentTicket();
  if (!ticket) return;
  const body = JSON.stringify({ ticket, payment_id: paymentId, ms: Math.round(ms * 10) / 10, stream });
  fetch("/live/shown", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
}

document.addEventListener("tollkeeper:order", async ({ detail }) => {
  const { reference, payment, access, payment_id: paymentId, stream, heard } = detail;
  const state = `${payment}:${access}`;
  const before = known(reference);
  if (before === state) return;
  seen.set(reference, state);
  if (!(await refreshOnce())) {
    seen.delete(reference); // not shown: the next news or poll tries again
    return;
  }
  const opened = access === "open" && !before?.endsWith(":open");
  if (before !== undefined || opened) announce(detail);
  await painted();
  if (opened && paymentId) report(paymentId, stream ?? "", performance.now() - heard);
});
