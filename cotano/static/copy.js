// <button data-copy="ID" data-copied="words" hidden> copies the field with that id and says so; without this file it stays hidden.
const show = () => document.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy");
  }
  button.textContent = button.dataset.copied;
});
document.body.addEventListener("htmx:afterSettle", show);
show();
