// A bank transfer's page: copies what has to be written exactly, and says at once that a file is too large.

const SHOWN = 4_000;

function say(words) {
  const place = document.getElementById("announcement");
  place.textContent = words;
  setTimeout(() => place.textContent === words && (place.textContent = ""), SHOWN);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(document.getElementById("announcement").dataset.copied);
  } catch {
    // Not allowed to: select it, so that one key copies it.
    getSelection().selectAllChildren(button.previousElementSibling ?? button.parentElement);
  }
});

document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  const large = [...target.files].some((file) => file.size > Number(target.dataset.most));
  target.setCustomValidity(large ? target.dataset.tooLarge : "");
  if (large) target.reportValidity();
});
