// Minutes written on a phone: text stays in this browser while the network is down, is sent when it
// comes back, and is gone once it arrived, after some hours, with another person or at sign-out.
(function () {
  "use strict";
  const form = document.getElementById("vs-form");
  if (!form) return;
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const words = form.dataset;
  const PREFIX = "yihu-visit-";
  const KEY = PREFIX + words.key;
  const UNKEPT = new Set(["csrfmiddlewaretoken", "seen", "file"]);
  const status = document.getElementById("vs-status");
  const kept = document.getElementById("vs-kept");
  const problems = document.getElementById("vs-problems");
  const both = document.getElementById("vs-both");
  const DELAY = 400; // ms after the last key
  let sending = false;
  let waiting = false; // was sent, and did not arrive
  let tries = 0;
  let timer = 0;
  let saver = 0;
  let done = false;

  // What this browser keeps --------------------------------------------------------------------------
  function sweep() {
    Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => {
      let left = null;
      try { left = JSON.parse(localStorage.getItem(key)); } catch (unreadable) { left = null; }
      if (!left || left.until < Date.now() || left.person !== words.person) localStorage.removeItem(key);
    });
  }
  function entries() {
    return Array.from(new FormData(form).entries()).filter(([name, value]) => !UNKEPT.has(name) && typeof value === "string");
  }
  function keep() {
    if (done) return;
    const left = { person: words.person, until: Date.now() + Number(words.hours) * 3600000, waiting, values: entries() };
    try { localStorage.setItem(KEY, JSON.stringify(left)); } catch (full) { return; }
    if (!sending && !waiting) say("typed");
  }
  function drop() {
    window.clearTimeout(saver);
    localStorage.removeItem(KEY);
  }
  function say(key) {
    status.textContent = key ? words[key] : "";
    status.dataset.state = key;
  }

  // Rows ---------------------------------------------------------------------------------------------
  const total = (set) => set.querySelector("input[name$=-TOTAL_FORMS]");
  function add(set, focus) {
    const most = Number(set.querySelector("input[name$=-MAX_NUM_FORMS]").value);
    const number = Number(total(set).value);
    if (number >= most) return null;
    const row = set.querySelector("template").content.firstElementChild.cloneNode(true);
    all("[id], [for], [name]", row).forEach((node) => {
      ["id", "for", "name"].forEach((attribute) => {
        if (node.hasAttribute(attribute)) node.setAttribute(attribute, node.getAttribute(attribute).replace("__prefix__", number));
      });
    });
    set.querySelector(".vs-set-rows").append(row);
    total(set).value = number + 1;
    if (focus) row.querySelector("input:not([type=hidden]), select").focus();
    return row;
  }
  form.addEventListener("click", (event) => {
    const more = event.target.closest("[data-add]");
    const less = event.target.closest("[data-remove]");
    if (more) add(more.closest("[data-set]"), true);
    if (less) {  // its numbers stay: an empty row counts for nothing
      const row = less.closest(".vs-row");
      all("input:not([type=hidden])", row).forEach((input) => { input.value = ""; });
      row.hidden = true;
      row.closest("[data-set]").querySelector("[data-add]").focus();
      keep();
    }
  });

  function restore(values) {
    const given = new Map();
    values.forEach(([name, value]) => given.set(name, [...(given.get(name) || []), value]));
    all("[data-set]").forEach((set) => {
      const wanted = Number((given.get(total(set).name) || ["0"])[0]);
      while (Number(total(set).value) < wanted && add(set, false));
    });
    all("input, select, textarea", form).forEach((control) => {
      if (!control.name || UNKEPT.has(control.name) || control.name.endsWith("_FORMS") || control.closest("template")) return;
      const found = given.get(control.name) || [];
      if (control.type === "checkbox") control.checked = found.includes(control.value);
      else if (control.type !== "file" && found.length) control.value = found[0];
    });
  }

  // Sending --------------------------------------------------------------------------------------------
  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1] || form.querySelector("[name=csrfmiddlewaretoken]").value;
  function send() {
    if (sending || done) return;
    window.clearTimeout(timer);
    sending = true;
    keep();
    say("sending");
    fetch(form.getAttribute("action") || window.location.pathname, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json", "X-CSRFToken": token() },
    })
      .then((answer) => {
        const ours = (answer.headers.get("Content-Type") || "").includes("json");
        waiting = false;
        if (answer.redirected || !ours) {
          sending = false;
          keep();
          say(answer.status >= 500 ? "failed" : "expired");
          return null;
        }
        return answer.json().then((said) => took(answer.status, said));
      })
      .catch(() => {
        waiting = true;
        sending = false;
        keep();
        say("offline");
        tries += 1;
        timer = window.setTimeout(send, Math.min(60000, 4000 * tries));
      });
  }
  function took(code, said) {
    sending = false;
    tries = 0;
    say("");
    if (code === 200) {
      done = true;
      drop();
      window.location.assign(said.to);
      return;
    }
    keep();
    say("");
    tell(said.problems);
    both.hidden = code !== 409;
    if (code === 409) compare(said);
    else problems.focus();
  }
  function tell(found) {
    problems.querySelector("ul").replaceChildren(...found.map(({ field, text }) => {
      const line = document.createElement("li");
      if (field) {
        const link = document.createElement("a");
        link.href = `#${field}`;
        link.textContent = text;
        line.append(link);
      } else line.textContent = text;
      return line;
    }));
    problems.hidden = !found.length;
  }
  function compare(said) {
    const place = both.querySelector("[data-both]");
    place.replaceChildren(...said.both.flatMap(({ label, theirs, mine }) => {
      const head = document.createElement("h3");
      head.textContent = label;
      const pair = document.createElement("div");
      pair.className = "vs-both";
      [theirs, mine].forEach((text) => {
        const part = document.createElement("p");
        part.textContent = text || words.nothing;
        pair.append(part);
      });
      return [head, pair];
    }));
    const correct = document.getElementById("vs-correct");
    const mine = document.getElementById("vs-mine");
    correct.hidden = !said.correct;
    if (said.correct) correct.href = said.correct;
    mine.hidden = Boolean(said.correct);
    mine.onclick = () => {
      form.querySelector("[name=seen]").value = said.seen;
      both.hidden = true;
      tell([]);
      send();
    };
    document.getElementById("vs-both-title").focus();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  ["input", "change"].forEach((kind) => form.addEventListener(kind, () => {
    window.clearTimeout(saver);
    saver = window.setTimeout(keep, DELAY);
  }));
  window.addEventListener("online", () => { if (waiting) send(); });
  window.addEventListener("pagehide", () => { if (saver && !done) keep(); });
  document.getElementById("vs-cancel").addEventListener("click", () => { done = true; drop(); });
  document.getElementById("vs-drop").addEventListener("click", () => {
    done = true;
    drop();
    window.location.reload();
  });

  // What a closed tab left behind -------------------------------------------------------------------------
  try {
    sweep();
    const left = JSON.parse(localStorage.getItem(KEY) || "null");
    if (left) {
      restore(left.values);
      kept.hidden = false;
      kept.querySelector("[data-say]").textContent = words.restored;
      waiting = left.waiting;
      if (waiting && navigator.onLine) send();
    } else {
      const made = form.querySelector("[name=client_id]");
      if (made && window.crypto.randomUUID) made.value = window.crypto.randomUUID();
    }
  } catch (blocked) { /* nothing is kept where the browser keeps nothing */ }
})();
