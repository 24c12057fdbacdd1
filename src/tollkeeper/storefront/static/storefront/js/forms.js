// A second tap on a button sends nothing: the first is still on its way.
const busy = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (busy.has(form)) {
    event.preventDefault();
    return;
  }
  busy.add(form);
  event.submitter?.setAttribute("aria-disabled", "true");
});

// A page that comes back by the browser's own button is as good as new.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) busy.delete(form);
  for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});
