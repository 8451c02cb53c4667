// Dialogs, menus and messages: opening, closing, and where the focus goes.

const openerOf = new WeakMap();

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && open(opener.dataset.opens, opener)) event.preventDefault(); // a link or a submit leads on without scripts
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.closest("[data-dismiss]")) event.target.closest(".c-toast")?.remove();
  if (event.target.matches("dialog") && isOutside(event)) event.target.close();
  for (const menu of document.querySelectorAll("details.c-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.c-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A form sent through htmx inside a dialog closes it when the server says so: HX-Trigger: closeDialog.
document.addEventListener("closeDialog", (event) => event.target.closest("dialog")?.close());

// Messages that come with an htmx answer: HX-Trigger: {"toast": {"text": "...", "kind": "good"}}.
document.addEventListener("toast", (event) => {
  const toast = document.createElement("div");
  toast.className = `c-toast is-${event.detail.kind || "plain"}`;
  toast.setAttribute("role", event.detail.kind === "risk" ? "alert" : "status");
  toast.append(Object.assign(document.createElement("p"), { textContent: event.detail.text }));
  document.getElementById("toasts")?.append(toast);
  setTimeout(() => toast.remove(), 8000);
});

// The browser's title follows a running job: "64 % · Importing".
document.addEventListener("htmx:load", (event) => {
  const job = event.target.closest?.("[data-progress]");
  if (!job) return;
  document.title = `${job.dataset.progress}% · ${job.dataset.title}`;
});

for (const zone of document.querySelectorAll(".c-drop")) {
  const input = zone.querySelector('input[type="file"]');
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("is-over"));
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  input?.addEventListener("change", () => {
    const name = zone.querySelector(".c-drop-name");
    if (name) name.textContent = [...input.files].map((file) => file.name).join(", ");
  });
}

function open(id, opener) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return false;
  openerOf.set(dialog, opener);
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
  dialog.addEventListener("close", () => openerOf.get(dialog)?.focus(), { once: true });
  return true;
}

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
