// Documents: drop files, choose them or take a picture; each goes by itself, with its progress.
(function () {
  "use strict";
  const token = (form) => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1] || form.querySelector("[name=csrfmiddlewaretoken]").value;

  document.addEventListener("change", (event) => {
    const pick = event.target.closest("[data-drop] [data-pick]");
    if (!pick || !pick.files.length) return;
    send(pick.closest("[data-drop]"), Array.from(pick.files));
    pick.value = "";
  });
  ["dragover", "dragleave", "drop"].forEach((kind) => {
    document.addEventListener(kind, (event) => {
      const form = event.target.closest ? event.target.closest("[data-drop]") : null;
      const carriesFiles = event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
      if (!form || !carriesFiles) return;
      event.preventDefault();
      form.classList.toggle("pp-over", kind === "dragover");
      if (kind === "drop") send(form, Array.from(event.dataTransfer.files));
    });
  });

  function send(form, files) {
    const words = form.closest("#papers").dataset;
    const kind = form.querySelector("[name=kind]").value;
    const waiting = files.map((file) => ({ file, line: lineOf(form, file) }));
    let kept = 0;
    let wrong = 0;
    (function next() {
      const job = waiting.shift();
      if (!job) {
        if (kept) refresh(words, wrong ? form.querySelector("[data-queue]") : null);
        return;
      }
      one(form, words, kind, job).then((done) => {
        if (done) kept += 1;
        else wrong += 1;
        next();
      });
    })();
  }
  function lineOf(form, file) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const said = document.createElement("span");
    name.className = "pp-file";
    name.textContent = file.name;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    said.className = "pp-said";
    line.append(name, bar, said);
    form.querySelector("[data-queue]").append(line);
    return line;
  }
  function one(form, words, kind, { file, line }) {
    const bar = line.querySelector("progress");
    const said = line.querySelector(".pp-said");
    const say = (text, fine) => {
      said.textContent = text;
      line.classList.toggle("pp-wrong", !fine);
      bar.value = fine ? 100 : 0;
      return fine;
    };
    if (file.size > Number(words.most) * 1024 * 1024) return Promise.resolve(say(words.tooLarge, false));
    return new Promise((settle) => {
      const request = new XMLHttpRequest();
      const sent = new FormData();
      sent.append("kind", kind);
      sent.append("file", file);
      request.open("POST", words.upload);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", token(form));
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100;
      });
      request.addEventListener("error", () => settle(say(words.failed, false)));
      request.addEventListener("load", () => {
        const json = (request.getResponseHeader("Content-Type") || "").includes("json");
        if (!json) {
          const elsewhere = request.responseURL && !request.responseURL.endsWith(words.upload);
          settle(say(elsewhere ? words.expired : words.failed, false));
          return;
        }
        const answer = JSON.parse(request.responseText);
        settle(request.status === 200 ? say(answer.again || words.sent, true) : say(answer.error, false));
      });
      request.send(sent);
    });
  }
  // The list comes anew; what was not taken in stays in sight with its reason.
  function refresh(words, queue) {
    const lines = queue ? Array.from(queue.querySelectorAll(".pp-wrong")) : [];
    window.htmx.ajax("GET", words.of, { target: "#papers", swap: "outerHTML" }).then(() => {
      const fresh = document.querySelector("#papers [data-queue]");
      if (fresh) fresh.append(...lines);
    });
  }
})();
