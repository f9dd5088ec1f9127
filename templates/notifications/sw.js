// Shows what is pushed, and carries out its buttons. It keeps no pages.
const ICON = "{{ icon|escapejs }}";
const BADGE = "{{ badge|escapejs }}";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

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
  event.waitUntil(act ? carryOut(act, says) : open(says.url));
});
