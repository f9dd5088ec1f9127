// The link of an invitation: shared by the phone's own sheet, or copied.
const box = document.querySelector("[data-link]");
if (box) {
  const { link, title, copied } = box.dataset;
  const share = box.querySelector("[data-share]");
  box.hidden = false;
  share.hidden = !navigator.share;
  share.addEventListener("click", () => navigator.share({ title, url: link }).catch(() => {}));
  box.querySelector("[data-copy]").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      document.getElementById("link").select();
      document.execCommand("copy");
    }
    box.querySelector("[role=status]").textContent = copied;
  });
}
