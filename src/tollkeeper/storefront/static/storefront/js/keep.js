// Registers the service worker, and deletes kept copies of what may not be read any more: after signing out, after
// access was lost, after a session ended by itself.
const KEPT = ["tollkeeper-lessons", "tollkeeper-files"];

async function prune() {
  const names = (await caches.keys()).filter((name) => KEPT.includes(name));
  if (!names.length) return;
  const answer = await fetch("/my/kept", { cache: "no-store" });
  if (!answer.ok) return;
  const { paths } = await answer.json();
  for (const name of names) {
    const cache = await caches.open(name);
    for (const key of await cache.keys()) {
      const { pathname } = new URL(key.url);
      if (!paths.some((path) => pathname.startsWith(path))) await cache.delete(key, { ignoreVary: true });
    }
  }
  await (await caches.open("tollkeeper-state")).put("/looked", new Response(String(Date.now())));
}

if ("serviceWorker" in navigator && "caches" in window) {
  navigator.serviceWorker.register("/sw.js").catch(() => {}); // a private window may refuse; everything works without
  const quietly = () => prune().catch(() => {}); // no network: the next page looks again
  quietly();
  document.addEventListener("tollkeeper:order", ({ detail }) => detail.access === "open" || quietly());
}
