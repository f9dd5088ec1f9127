// Words to take along.
// - <button data-copy="ID" data-copied="words" hidden> copies the field with that id and says so; without this file it stays hidden.
// - <a data-text="words"> copies them before it opens: the messenger behind it takes no text from a link.
const put = async (words, field) => {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    field?.select();
    document.execCommand("copy");
  }
};
const show = () => document.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy]");
  const link = target.closest("a[data-text]");
  if (button) {
    const field = document.getElementById(button.dataset.copy);
    put(field.value, field);
    button.textContent = button.dataset.copied;
  } else if (link) {
    put(link.dataset.text, document.getElementById("message-text"));
  }
}, true);
document.body.addEventListener("htmx:afterSettle", show);
show();
