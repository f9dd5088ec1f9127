// A board: a card that changed is shown afresh; the tab of the (first) column in view is the current one.
const { htmx } = window;
const board = document.querySelector(".board");

document.body.addEventListener("lead-changed", (event) => {
  const card = board.querySelector(`.card > a[href="/leads/${event.detail.lead}/"]`)?.parentElement;
  if (card) htmx.ajax("GET", `/cards/${card.id.slice(5)}/face/`, { target: card, swap: "outerHTML" });
});
const columns = [...board.querySelectorAll(".col")];
const shown = new Set();
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) shown[isIntersecting ? "add" : "delete"](target);
  const first = columns.find((column) => shown.has(column)); // a tablet shows several
  if (!first) return;
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.hash === `#${first.id}`) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}, { root: board, threshold: 0.7 });
columns.forEach((column) => seen.observe(column));
