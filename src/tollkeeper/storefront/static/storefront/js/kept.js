// The offline page: lists the lessons that this device keeps.
const place = document.getElementById("kept");
const cache = await caches.open("tollkeeper-lessons");
const list = place.querySelector("ol");
for (const key of (await cache.keys()).reverse()) {
  const copy = await cache.match(key, { ignoreVary: true });
  const link = document.createElement("a");
  link.href = new URL(key.url).pathname;
  const words = document.createElement("span");
  words.textContent = decodeURIComponent(copy.headers.get("Tollkeeper-Title") ?? link.pathname);
  link.append(words);
  const row = document.createElement("li");
  row.append(link);
  list.append(row);
}
place.hidden = !list.children.length;

// Who has tapped a lesson is on the way to it; loading this page again would call them back.
let leaving = false;
addEventListener("beforeunload", () => (leaving = true));
addEventListener("pageshow", () => (leaving = false));
addEventListener("online", () => leaving || location.reload());
