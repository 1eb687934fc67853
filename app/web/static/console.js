// What neither HTML nor htmx does by itself. Everything works without it.
(() => {
  "use strict";

  // After a part of a page was exchanged with an error in it, bring the error into view.
  document.addEventListener("htmx:afterSwap", (event) => {
    const alert = event.target.querySelector("[role=alert]");
    if (alert) alert.scrollIntoView({ block: "nearest" });
  });

  // A form is sent once; the button says that it works.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });

  // A file that the installation does not take is refused before it is sent.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.limit) return;
    const limit = Number(input.dataset.limit);
    const large = input.files[0] && input.files[0].size > limit;
    input.setCustomValidity(large ? `文件超过上限${Math.floor(limit / 1048576)}MB，请压缩或拆分后再上传。` : "");
    input.reportValidity();
  });

  // Esc closes the innermost open form of an action.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = event.target.closest("details.action[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
})();
