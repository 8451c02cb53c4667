// What is unfolded stays unfolded when the server draws a form anew: the request says which folds are open.

document.addEventListener("htmx:configRequest", (event) => {
  const form = event.target.closest("form");
  for (const fold of form?.querySelectorAll("details[data-fold][open]") ?? []) {
    event.detail.formData.append("open", fold.dataset.fold);
  }
});
