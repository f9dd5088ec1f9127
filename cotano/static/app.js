// Sheets, toasts, calls. Every control is a plain link or form without this file.
// - <a data-sheet href> opens its page as a sheet; whatever htmx puts into #sheet is shown, an empty answer closes it.
// - <a data-attempt="URL" data-channel="call" href="tel:..."> posts the attempt; when the person is back, the sheet asks how it went.
// - <button data-dial="tel:..."> takes a call: its form is posted first, the dialler opens when nobody else is calling.
// - <input type="file" data-send> sends its form as soon as a file is chosen.
// - What was tapped and waits for its answer is [aria-busy], from the tap on.
// - .toast in #toasts leaves after five seconds, not while it is touched or has the focus; at once for the next one, unless it can undo.
const { htmx } = window;
const sheet = document.getElementById("sheet");
const toasts = document.getElementById("toasts");
const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
const STAY = 5000;
const SKELETON = 80;
const NOT_LEFT = 1500;

// ---- sheets
let opener = null;

// What takes longer shows where it will be; what fails then leaves no empty sheet.
async function openSheet(url) {
  const waiting = setTimeout(() => {
    if (sheet.open) return;
    sheet.innerHTML = '<div class="inner"><h2 id="sheet-title" class="vh"></h2><div class="skel"></div><div class="skel"></div></div>';
    sheet.querySelector("h2").textContent = toasts.dataset.loading;
    sheetFilled();
  }, SKELETON);
  await htmx.ajax("GET", url, { target: "#sheet", swap: "innerHTML" });
  clearTimeout(waiting);
  if (sheet.querySelector(".skel")) sheet.close();
}

function sheetFilled() {
  if (sheet.querySelector("*")) {
    if (!sheet.open) {
      opener = document.activeElement;
      sheet.showModal();
    }
    sheet.querySelector("[autofocus]")?.focus();
  } else if (sheet.open) {
    sheet.close();
  }
}

sheet?.addEventListener("close", () => {
  sheet.replaceChildren();
  if (!opener?.isConnected) document.getElementById("main")?.focus({ preventScroll: true });
});
sheet?.addEventListener("click", (event) => {
  if (event.target === sheet || event.target.closest("[data-close]")) {
    event.preventDefault();
    sheet.close();
  }
});

// ---- toasts
function toast(words) {
  const box = document.createElement("div");
  const text = document.createElement("span");
  box.className = "toast";
  text.textContent = words;
  box.append(text);
  toasts.append(box);
}

function letGo(box) {
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : box.remove());
  setTimeout(leave, STAY);
}

toasts?.querySelectorAll(".toast").forEach(letGo);
if (toasts) {
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) {
      for (const old of toasts.querySelectorAll(".toast:not(.undo)")) if (old !== node) old.remove(); // the newest word counts
      letGo(node);
    }
  }).observe(toasts, { childList: true });
}

// ---- files
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-send]") && target.value) target.form.requestSubmit();
});

// ---- calls and messages
let left = false;

function ask() {
  const url = sessionStorage.getItem("outcome");
  if (!url || document.hidden || sheet.open) return;
  sessionStorage.removeItem("outcome");
  openSheet(url);
}

async function logCall(url, said, dial) {
  left = false;
  const body = new URLSearchParams(said);
  const headers = { "X-CSRFToken": csrf, Accept: "application/json" };
  const wait = () => new Promise((done) => setTimeout(done, NOT_LEFT));
  let waited = wait();
  try {
    const answer = await fetch(url, { method: "POST", keepalive: true, headers, body });
    if (dial && answer.status === 409) {
      toast((await answer.json()).sentence);
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    sessionStorage.setItem("outcome", (await answer.json()).outcome);
    if (dial) {
      const link = Object.assign(document.createElement("a"), { href: dial });
      document.body.append(link);
      link.click();
      link.remove();
      waited = wait();
    }
    await waited;
    if (!left) ask();
  } catch {
    toast(toasts.dataset.unsaved);
  }
}

document.addEventListener("submit", (event) => {
  const dial = event.submitter?.dataset.dial;
  if (!dial) return;
  event.preventDefault();
  logCall(event.submitter.formAction, {}, dial);
});

const gone = () => { left = true; };
const back = () => { if (left) ask(); };
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return gone();
  back();
  return htmx.trigger(document.body, "came-back"); // another device may have been at it: the queue looks again
});
window.addEventListener("blur", gone);
window.addEventListener("focus", back);
window.addEventListener("pageshow", () => { left = true; ask(); });

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sheet], a[data-attempt]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.attempt) {
    const { channel, template = "", text } = link.dataset;
    if (text) navigator.clipboard?.writeText(text).catch(() => {}); // this messenger takes no text from a link
    if (sheet.contains(link)) sheet.close();
    logCall(link.dataset.attempt, { channel, template, once: crypto.randomUUID().replaceAll("-", "") });
  } else {
    event.preventDefault();
    openSheet(link.href);
  }
});

// ---- what was tapped
const idle = () => document.querySelectorAll("[aria-busy]").forEach((control) => control.removeAttribute("aria-busy"));
const busy = (control) => {
  control?.setAttribute("aria-busy", "true");
  setTimeout(() => control?.removeAttribute("aria-busy"), STAY); // a file came instead of a page
};
document.addEventListener("submit", ({ submitter, target }) => { if (target.method !== "dialog") busy(submitter); });
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
  if (link.origin === location.origin && (link.dataset.sheet !== undefined || (!event.defaultPrevented && !link.hash))) busy(link);
});
document.body.addEventListener("htmx:afterRequest", idle);
window.addEventListener("pageshow", idle);

// ---- htmx
document.body.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = csrf; });
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL || location.href).pathname.startsWith("/accounts/")) {
    event.detail.shouldSwap = false; // the log-in has ended
    location.reload();
  }
});
document.body.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target === sheet) sheetFilled();
  if (target.id === "queue") document.getElementById("main").focus({ preventScroll: true }); // the next person
});
for (const failure of ["htmx:sendError", "htmx:timeout"]) document.body.addEventListener(failure, () => toast(toasts.dataset.offline));
document.body.addEventListener("htmx:responseError", () => toast(toasts.dataset.failed));

// ---- without network: static files and a page that says so. Pushes come by the same worker (push.js).
navigator.serviceWorker?.register("/sw.js", { scope: "/" }).catch(() => {});
