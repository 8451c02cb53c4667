// Selecting rows: all, a range with Shift, and the bar that says how many and what they are worth.

let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (!box) return;
  const boxes = [...box.closest("form").querySelectorAll("[data-select]")];
  if (event.shiftKey && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
  refresh(box.closest("form"));
});

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-select-all]");
  if (!all) return;
  const form = all.closest("form");
  for (const box of form.querySelectorAll("[data-select]")) box.checked = all.checked;
  refresh(form);
});

document.addEventListener("htmx:afterSettle", refreshAll);
window.addEventListener("pageshow", refreshAll);
refreshAll();

function refreshAll() {
  for (const form of document.querySelectorAll("form:has([data-select])")) refresh(form);
}

function refresh(form) {
  const boxes = [...form.querySelectorAll("[data-select]")];
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("[data-row]")?.setAttribute("aria-selected", String(box.checked));
  const all = form.querySelector("[data-select-all]");
  if (all) {
    all.checked = boxes.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  const digits = new Intl.NumberFormat(document.documentElement.lang);
  for (const place of form.querySelectorAll("[data-selected-count]")) place.textContent = digits.format(chosen.length);
  for (const place of form.querySelectorAll("[data-selected-sum]")) place.textContent = sumOf(chosen, place.dataset.selectedSum);
}

function sumOf(chosen, currency) {
  const total = chosen.reduce((sum, box) => sum + Number(box.dataset.amount || 0), 0);
  if (!total) return "";
  const text = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency, notation: "compact", maximumSignificantDigits: 3 }).format(total);
  return text.replace("K", "k");
}
