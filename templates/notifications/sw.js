// Shows what is pushed, and carries out its buttons. Keeps the static files and the page for when the network is away; no other page.
const ICON = "{{ icon|escapejs }}";
const BADGE = "{{ badge|escapejs }}";
const OFFLINE = "{{ offline|escapejs }}";
const FILES = [{% for file in files %}"{{ file|escapejs }}", {% endfor %}OFFLINE];
const CACHE = "static-{{ version }}";
const NAMED_BY_CONTENT = /\.[0-9a-f]{12}\./; // never changes under its name

// One file that does not come must not keep the pushes away.
async function keep() {
  const cache = await caches.open(CACHE);
  await Promise.allSettled(FILES.map((file) => cache.add(new Request(file, { cache: "reload" }))));
  await self.skipWaiting();
}

async function tidy() {
  const old = (await caches.keys()).filter((name) => name.startsWith("static-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request) {
  const kept = await caches.match(request);
  if (kept && NAMED_BY_CONTENT.test(request.url)) return kept;
  try {
    return await fetch(request);
  } catch (away) {
    if (kept) return kept;
    throw away;
  }
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (away) {
    const kept = await caches.match(OFFLINE);
    if (kept) return kept;
    throw away;
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});

const show = (says) => self.registration.showNotification(says.title || "Cotano", {
  body: says.text || "",
  tag: says.tag,
  lang: says.lang,
  icon: ICON,
  badge: BADGE,
  data: says,
  actions: (says.acts || []).map(({ name, title }) => ({ action: name, title })),
});

async function open(path) {
  const url = new URL(path || "/", self.location.origin);
  if (url.origin !== self.location.origin) return;
  const [page] = await self.clients.matchAll({ type: "window" });
  if (!page) return self.clients.openWindow(url.href);
  await page.focus();
  return page.navigate(url.href);
}

// The token came encrypted with this very push: it stands for the log-in, for this one address.
async function carryOut(act, says) {
  const body = new URLSearchParams({ token: act.token, preset: "tomorrow" });
  try {
    const answer = await fetch(act.url, { method: "POST", body, credentials: "omit", redirect: "manual" });
    if (!answer.ok) await open(says.url);
  } catch {
    await show(says); // no connection: the button stays within reach
  }
}

self.addEventListener("push", (event) => {
  let says = {};
  try {
    says = event.data.json();
  } catch {
    says = {};
  }
  event.waitUntil(show(says));
});

self.addEventListener("notificationclick", (event) => {
  const says = event.notification.data || {};
  const act = (says.acts || []).find(({ name }) => name === event.action);
  event.notification.close();
  event.waitUntil(act?.token ? carryOut(act, says) : open(act?.url ?? says.url));
});
