// A card goes to another stage by a long press: it lifts, and the bottom bar turns into the stages to drop it on.
// Nothing here is the only way: the button (...) of a card opens the same stages in a sheet, and is a plain link.
// - .card[data-version] is held for HOLD ms by a finger, or pulled with the mouse. A finger that moves before scrolls as ever.
// - .drops [data-to] are targets, made of the .tabs; "More…" opens the card's sheet; on a wide screen the columns are targets.
// - "m" on a card that has the focus opens its sheet; Escape lets go.
const { htmx } = window;
const board = document.querySelector(".board");
const HOLD = 300;
const SLACK = 8; // px that a finger may tremble
const MOST = 4; // stages in the bar
const OVER = 16; // px that a lifted card reaches into it
const wide = matchMedia("(min-width: 900px)");
let held = null; // the card, from the first touch on
let live = null; // { lift, drops, target, dx, dy } while it is in the air
let timer = 0;
let at = { x: 0, y: 0 };

const far = (point) => Math.hypot(point.clientX - at.x, point.clientY - at.y) > SLACK;
const stageOf = (card) => card.closest(".col").id.slice(2);

function bar(here) {
  const tabs = [...document.querySelectorAll(".tabs a")].map((tab, place) => ({ place, id: tab.hash.slice(3), name: tab.firstChild.data.trim() }));
  const now = tabs.findIndex((tab) => tab.id === here);
  const others = tabs.filter((tab) => tab.id !== here);
  const near = [...others.filter((tab) => tab.place > now), ...others.filter((tab) => tab.place < now).reverse()].slice(0, MOST);
  const list = document.createElement("ul");
  list.className = "drops";
  const add = (to, name) => list.append(Object.assign(document.createElement("li"), { textContent: name }));
  for (const tab of near.sort((one, other) => one.place - other.place)) {
    add(tab.id, tab.name);
    list.lastChild.dataset.to = tab.id;
  }
  if (others.length > near.length) {
    add("", board.dataset.more);
    list.lastChild.dataset.to = "";
  }
  document.body.append(list);
  return list;
}

function start() {
  const box = held.getBoundingClientRect();
  const lift = held.cloneNode(true);
  lift.removeAttribute("id");
  lift.inert = true;
  lift.classList.add("lift");
  lift.style.width = `${box.width}px`;
  document.body.append(lift);
  held.classList.add("gone");
  const drops = wide.matches ? null : bar(stageOf(held));
  const lowest = (drops ? drops.getBoundingClientRect().top + OVER : innerHeight) - box.height; // the names of the stages stay to be read
  live = { lift, drops, lowest, target: null, dx: at.x - box.left, dy: at.y - box.top };
  navigator.vibrate?.(15);
  follow();
}

function targetAt() {
  const under = document.elementFromPoint(at.x, at.y);
  if (!wide.matches) return under?.closest(".drops li") ?? null;
  const column = under?.closest(".col");
  return column && column !== held.closest(".col") ? column : null;
}

function follow() {
  live.lift.style.translate = `${at.x - live.dx}px ${Math.min(at.y - live.dy, live.lowest)}px`;
  const target = targetAt();
  if (target === live.target) return;
  live.target?.classList.remove("on");
  target?.classList.add("on");
  live.target = target;
}

function end(drop) {
  clearTimeout(timer);
  const card = held;
  const target = drop ? live?.target : null;
  live?.target?.classList.remove("on");
  live?.lift.remove();
  live?.drops?.remove();
  card?.classList.remove("gone");
  held = live = null;
  if (!target) return;
  const to = target.dataset.to ?? target.id.slice(2);
  if (to) move(card, to);
  else card.querySelector(".menu").click();
}

// At once on the page; the answer brings the card afresh. A card that no answer has replaced goes back to where it was.
async function move(card, to) {
  const home = [card.parentNode, card.nextSibling];
  const values = { to, version: card.dataset.version };
  document.getElementById(`top-${to}`).after(card);
  try {
    await htmx.ajax("POST", `/cards/${card.id.slice(5)}/move/`, { source: board, values, swap: "none" });
  } catch {
    // the page has said so
  }
  if (card.isConnected) home[0].insertBefore(card, home[1]?.isConnected ? home[1] : null);
}

function take(event, point, wait) {
  const card = event.target.closest(".card[data-version]");
  if (!card || document.querySelector("dialog[open]")) return;
  held = card;
  at = { x: point.clientX, y: point.clientY };
  if (wait) timer = setTimeout(start, HOLD);
}

board.addEventListener("touchstart", (event) => {
  if (event.touches.length > 1) end(false);
  else take(event, event.touches[0], true);
}, { passive: true });
board.addEventListener("touchmove", (event) => {
  if (!held) return;
  const point = event.touches[0];
  if (live && event.cancelable) {
    event.preventDefault();
    at = { x: point.clientX, y: point.clientY };
    follow();
  } else if (live || far(point)) end(false); // the page scrolls
}, { passive: false });
board.addEventListener("scroll", () => { if (held && !live) end(false); }, { capture: true, passive: true });
board.addEventListener("touchend", (event) => {
  if (live) event.preventDefault(); // no tap
  end(true);
});
board.addEventListener("touchcancel", () => end(false));
board.addEventListener("contextmenu", (event) => { if (held) event.preventDefault(); });
board.addEventListener("dragstart", (event) => { if (event.target.closest(".card")) event.preventDefault(); });

board.addEventListener("pointerdown", (event) => {
  if (event.pointerType === "mouse" && event.button === 0 && !event.target.closest(".ib")) take(event, event, false);
});
window.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "mouse" || !held) return;
  if (!live && far(event)) start();
  if (!live) return;
  at = { x: event.clientX, y: event.clientY };
  follow();
});
window.addEventListener("pointerup", (event) => {
  if (event.pointerType !== "mouse" || !held) return;
  if (live) {
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
  }
  end(true);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && live) end(false);
  const card = event.key === "m" && !event.ctrlKey && !event.metaKey && !event.altKey && event.target.closest?.(".card");
  if (card) card.querySelector(".menu").click();
});
window.addEventListener("blur", () => { if (held) end(false); });
