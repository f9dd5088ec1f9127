// The button "Notifications on this phone". The words stand in the page: one [data-say] per state, the others hidden.
const WAIT = 10000; // subscribe() may hang for ever

const inTime = (promise) => Promise.race([
  promise,
  new Promise((_, reject) => setTimeout(() => reject(new DOMException("", "TimeoutError")), WAIT)),
]);

function bytes(key) {
  const plain = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function sameKey(subscription, key) {
  const used = new Uint8Array(subscription.options?.applicationServerKey ?? []);
  return used.length === 0 || used.every((byte, n) => byte === key[n]);
}

async function tell(url, said) {
  const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
  const answer = await inTime(fetch(url, { method: "POST", headers, body: JSON.stringify(said), redirect: "error" }));
  if (!answer.ok) throw new Error(String(answer.status));
}

function attach(box) {
  const key = bytes(box.dataset.key);
  const on = box.querySelector("[data-push-on]");
  const off = box.querySelector("[data-push-off]");

  const say = (state) => {
    for (const words of box.querySelectorAll("[data-say]")) words.hidden = words.dataset.say !== state;
    on.hidden = !["off", "failed"].includes(state);
    off.hidden = state !== "on";
    on.disabled = off.disabled = state === "busy";
  };

  const registered = () => inTime(navigator.serviceWorker.register("/sw.js", { scope: "/" }).then(() => navigator.serviceWorker.ready));

  async function turnOn() {
    say("busy");
    try {
      if ((await Notification.requestPermission()) !== "granted") return say("denied");
      const { pushManager } = await registered();
      const old = await pushManager.getSubscription();
      if (old && !sameKey(old, key)) await old.unsubscribe();
      const subscription = await inTime(pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
      await tell(box.dataset.url, subscription.toJSON());
      return say("on");
    } catch {
      return say("failed");
    }
  }

  async function turnOff() {
    say("busy");
    try {
      const subscription = await (await registered()).pushManager.getSubscription();
      if (subscription) {
        await tell(box.dataset.offUrl, { endpoint: subscription.endpoint });
        await subscription.unsubscribe();
      }
      return say("off");
    } catch {
      return say("failed");
    }
  }

  async function look() {
    const isApple = /iPhone|iPad/.test(navigator.userAgent);
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
      return say(isApple && !navigator.standalone ? "apple" : "none");
    }
    if (Notification.permission === "denied") return say("denied");
    try {
      const found = await navigator.serviceWorker.getRegistration("/");
      const subscription = await found?.pushManager.getSubscription();
      if (!subscription || Notification.permission !== "granted") return say("off");
      await tell(box.dataset.url, subscription.toJSON()); // after another log-in it is this person's
      return say("on");
    } catch {
      return say("failed");
    }
  }

  on.addEventListener("click", turnOn);
  off.addEventListener("click", turnOff);
  look();
}

document.querySelectorAll("[data-push]").forEach(attach);
