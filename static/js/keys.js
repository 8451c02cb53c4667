// Keys: every element with data-key answers to it; J and K walk the rows of [data-rows].

const root = document.documentElement;
const stored = localStorage.getItem("single-keys");
if (stored) root.dataset.singleKeys = stored;

if (/mac|iphone|ipad/i.test(navigator.userAgentData?.platform ?? navigator.platform)) {
  for (const key of document.querySelectorAll("[data-command]")) key.textContent = key.textContent.replace("Ctrl", "⌘");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") return press(event, '[data-opens="palette"]');
  if (event.metaKey || event.ctrlKey || event.altKey || root.dataset.singleKeys === "off") return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (key === "?") return press(event, '[data-opens="shortcuts"]');
  const named = findVisible(`[data-key="${CSS.escape(key)}"]`);
  if (named) {
    event.preventDefault();
    return named.matches("input, select, textarea") ? named.focus() : named.click();
  }
  if (key === "j" || key === "k") return walk(event, key === "j" ? 1 : -1);
  if (key === "x") return toggleRow(event);
});

const choice = document.querySelector("[data-single-keys-choice]");
if (choice) {
  choice.checked = root.dataset.singleKeys !== "off";
  choice.addEventListener("change", () => {
    root.dataset.singleKeys = choice.checked ? "on" : "off";
    localStorage.setItem("single-keys", root.dataset.singleKeys);
  });
}

document.getElementById("shortcuts")?.addEventListener("opened", (event) => {
  const list = event.target.querySelector("[data-shortcut-list]");
  for (const old of list.querySelectorAll("[data-of-page]")) old.remove();
  const seen = new Set();
  for (const element of document.querySelectorAll("main [data-key]")) {
    const key = element.dataset.key.toUpperCase();
    if (seen.has(key)) continue;
    seen.add(key);
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    const name = element.getAttribute("aria-label") || wordsOf(element);
    const meaning = Object.assign(document.createElement("dd"), { textContent: name });
    term.dataset.ofPage = meaning.dataset.ofPage = "";
    list.append(term, meaning);
  }
});

function wordsOf(element) {
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd, svg")) key.remove();
  return copy.textContent.trim().replace(/\s+/g, " ");
}

function isTyping(target) {
  return target.isContentEditable || target.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

function findVisible(selector) {
  return [...document.querySelectorAll(selector)].find((element) => element.checkVisibility());
}

function press(event, selector) {
  event.preventDefault();
  findVisible(selector)?.click() ?? document.querySelector(selector)?.click();
}

function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.checkVisibility());
}

function walk(event, step) {
  const all = rows();
  if (!all.length) return;
  event.preventDefault();
  const at = all.findIndex((row) => row.matches(".is-focused"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  all[at]?.classList.remove("is-focused");
  next.classList.add("is-focused");
  (next.matches("a") ? next : next.querySelector("a"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  // Where keys act on what is shown beside the list, walking shows it: a key must never act on another row than the marked one.
  if (next !== all[at] && next.closest("[data-rows=follow]")) next.click();
}

function toggleRow(event) {
  const box = document.querySelector("[data-row].is-focused [data-select]");
  if (!box) return;
  event.preventDefault();
  box.click();
}
