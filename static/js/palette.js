// The command palette: places, actions of this page, and what the server finds.

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector('[role="listbox"]');
const nothing = dialog?.querySelector(".c-palette-none");
let entries = [];
let waiting = 0;
let asked = 0;

dialog?.addEventListener("opened", () => {
  input.value = "";
  entries = collect();
  show(entries);
  input.focus();
});

input?.addEventListener("input", () => {
  const words = fold(input.value).split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => words.every((word) => fold(entry.label).includes(word)));
  show(found);
  clearTimeout(waiting);
  if (dialog.dataset.search && input.value.trim()) waiting = setTimeout(() => ask(input.value.trim(), found), 120);
});

input?.addEventListener("keydown", (event) => {
  const options = [...list.querySelectorAll('[role="option"]')];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    select(options, (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
  } else if (event.key === "Enter" && options[at]) {
    event.preventDefault();
    options[at].click();
  }
});

function collect() {
  const places = [...document.querySelectorAll("[data-palette]")].map((link) => ({ label: link.textContent.trim(), run: () => link.click(), icon: link.querySelector("svg") }));
  const actions = [...document.querySelectorAll("main :is(button, a)[data-key]")].map((element) => ({ label: labelOf(element), run: () => element.click(), icon: element.querySelector("svg") }));
  return [...actions, ...places].filter((entry) => entry.label);
}

function labelOf(element) {
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd, svg")) key.remove();
  return (element.getAttribute("aria-label") || copy.textContent).trim().replace(/\s+/g, " ");
}

async function ask(words, already) {
  const turn = ++asked;
  const url = new URL(dialog.dataset.search, location.href);
  url.searchParams.set("q", words);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok || turn !== asked) return;
  const { results } = await answer.json();
  show([...results.map((result) => ({ label: result.label, detail: result.detail, run: () => location.assign(result.url) })), ...already]);
}

function show(found) {
  list.replaceChildren(...found.slice(0, 30).map((entry, index) => option(entry, index)));
  nothing.hidden = found.length > 0;
  select([...list.children], 0);
}

function option(entry, index) {
  const row = document.createElement("div");
  row.id = `palette-option-${index}`;
  row.setAttribute("role", "option");
  if (entry.icon) row.append(entry.icon.cloneNode(true));
  row.append(Object.assign(document.createElement("bdi"), { textContent: entry.label }));
  if (entry.detail) row.append(Object.assign(document.createElement("span"), { textContent: entry.detail, className: "u-small u-faint u-push" }));
  row.addEventListener("click", () => {
    dialog.close();
    entry.run();
  });
  return row;
}

function select(options, index) {
  options.forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
  if (!options[index]) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", options[index].id);
  options[index].scrollIntoView({ block: "nearest" });
}

function fold(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l").replaceAll("ё", "е").replaceAll("ي", "ی").replaceAll("ك", "ک");
}
