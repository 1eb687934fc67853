// Files go up in parts that resume after a broken connection. Without this script the form sends them at once.
(() => {
  "use strict";
  if (!window.tus || !tus.isSupported) return;
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];

  const enhance = (form) => {
    if (form.dataset.enhanced) return;
    form.dataset.enhanced = "1";
    const input = form.querySelector("input[type=file]");
    input.dataset.limit = form.dataset.limit;
  };

  const say = (form, words) => {
    let line = form.querySelector("[role=status]");
    if (!line) {
      line = document.createElement("span");
      line.setAttribute("role", "status");
      line.className = "upload-said";
      form.append(line);
    }
    line.textContent = words;
  };

  const detail = (error) => {
    try {
      const said = JSON.parse(error.originalResponse.getBody());
      return said.errors.length ? said.errors[0].detail : said.detail;
    } catch {
      return "上传中断，请检查网络后再次点击上传，将从中断处继续。";
    }
  };

  const send = (form) => {
    const input = form.querySelector("input[type=file]");
    const file = input.files[0];
    const item = form.querySelector("input[name=item]");
    const button = form.querySelector("button");
    const bar = document.createElement("progress");
    bar.max = file.size;
    bar.value = 0;
    form.append(bar);
    button.disabled = input.disabled = true;
    const stop = (words) => {
      bar.remove();
      button.disabled = input.disabled = false;
      say(form, words);
    };
    const upload = new tus.Upload(file, {
      endpoint: form.dataset.resumable,
      headers: { "X-CSRF-Token": token },
      metadata: { filename: file.name, ...(item && item.value ? { item: item.value } : {}) },
      chunkSize: 16 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 5000, 10000],
      removeFingerprintOnSuccess: true,
      fingerprint: async (one) => [form.dataset.resumable, item ? item.value : "", one.name, one.size, one.lastModified].join(":"),
      onProgress: (sent, total) => {
        bar.value = sent;
        say(form, `已上传${Math.floor((100 * sent) / total)}%`);
      },
      onError: (error) => stop(detail(error)),
      onSuccess: () => location.assign(form.dataset.then),
    });
    upload.findPreviousUploads().then((earlier) => {
      if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
      upload.start();
    });
  };

  const all = () => document.querySelectorAll("form[data-resumable]").forEach(enhance);
  document.addEventListener("htmx:afterSettle", all);
  all();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.enhanced) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(form);
  }, true);
})();
