// The filling form: what was typed is saved by itself, and never lost on the way.
(function () {
  "use strict";
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  all("[data-all]").forEach((box) => {
    box.addEventListener("change", () => {
      all(`input[name="${box.dataset.all}"]`).forEach((one) => { one.checked = box.checked; });
    });
  });

  const form = document.getElementById("fl-form");
  if (!form) return;
  const words = form.dataset;
  const status = document.getElementById("fl-status");
  const expired = document.getElementById("fl-expired");
  const gaps = document.getElementById("fl-gaps");
  const DELAY = 900; // ms after the last key
  const LONGEST = 4000; // ms that typing on may put a save off
  const KEPT = `yihu-fill-${words.dossier}`;
  const touched = new Set();
  let timer = 0;
  let first = 0;
  let running = null;
  let failures = 0;

  // Reading and writing controls ---------------------------------------------------------------
  function readControl(place) {
    const widget = place.querySelector("[data-widget]");
    const kind = widget ? widget.dataset.widget : "";
    if (kind === "checks") return all("input:checked", widget).map((box) => box.value);
    if (kind === "lines") return widget.value.split("\n");
    if (kind === "region") return widget.dataset.value;
    if (kind === "file") return widget.dataset.file ? JSON.parse(widget.dataset.file) : null;
    const control = place.querySelector("input, select, textarea");
    return control ? control.value : null;
  }
  function writeControl(place, value, text) {
    const widget = place.querySelector("[data-widget]");
    const kind = widget ? widget.dataset.widget : "";
    if (kind === "checks") {
      const chosen = new Set(value || []);
      all("input", widget).forEach((box) => { box.checked = chosen.has(box.value); });
    } else if (kind === "file") {
      widget.dataset.file = value ? JSON.stringify(value) : "";
      widget.querySelector("[data-name]").textContent = value ? value.name : "";
    } else if (kind === "region") {
      widget.dataset.value = value || "";
      widget.dispatchEvent(new CustomEvent("yihu:region"));
    } else {
      const control = place.querySelector("input, select, textarea");
      if (control && control !== document.activeElement) control.value = text;
    }
  }
  function readField(field) {
    if (field.dataset.kind !== "table") return readControl(field);
    return all(".fl-rows > .fl-row", field).map((row) => {
      const cells = {};
      all(".fl-cell", row).forEach((cell) => { cells[cell.dataset.column] = readControl(cell); });
      return cells;
    });
  }
  function writeRows(field, rows) {
    const place = field.querySelector(".fl-rows");
    place.replaceChildren();
    (rows || []).forEach((cells) => {
      const row = addRow(field, false);
      all(".fl-cell", row).forEach((cell) => {
        const value = cells[cell.dataset.column];
        writeControl(cell, value === undefined ? null : value, plain(value));
      });
    });
    number(field);
  }
  function plain(value) {
    if (value === null || value === undefined) return "";
    return Array.isArray(value) ? value.join("\n") : String(value);
  }
  const fieldOf = (node) => node.closest(".fl-field");
  const fieldNamed = (code) => document.getElementById(`field-${code}`);

  // Rows of a table ------------------------------------------------------------------------------
  let serial = 0;
  function addRow(field, focus) {
    const row = field.querySelector("template").content.firstElementChild.cloneNode(true);
    serial += 1;
    all("[id]", row).forEach((node) => {
      const fresh = `${node.id}-n${serial}`;
      all(`[for="${node.id}"]`, row).forEach((label) => label.setAttribute("for", fresh));
      node.id = fresh;
    });
    field.querySelector(".fl-rows").append(row);
    all("[data-widget=region]", row).forEach(cascade);
    number(field);
    if (focus) {
      const control = row.querySelector("input, select, textarea");
      if (control) control.focus();
    }
    return row;
  }
  function number(field) {
    all(".fl-rows > .fl-row", field).forEach((row, place) => {
      row.setAttribute("aria-label", `${place + 1}`);
      row.dataset.number = place + 1;
    });
  }
  all(".fl-field[data-kind=table]").forEach(number);

  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    const remove = event.target.closest("[data-remove]");
    const choose = event.target.closest("[data-choose]");
    if (add) {
      addRow(fieldOf(add), true);
    } else if (remove) {
      const field = fieldOf(remove);
      const row = remove.closest(".fl-row");
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      number(field);
      touch(field, true);
      (next ? next.querySelector("[data-remove]") : field.querySelector("[data-add]")).focus();
    } else if (choose) {
      post(`${words.save}../choose/`, { code: fieldOf(choose).dataset.code, keep: choose.dataset.choose, section: words.section });
    }
  });
  function post(address, fields) {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = address;
    Object.entries({ ...fields, csrfmiddlewaretoken: token() }).forEach(([name, value]) => {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      sent.append(input);
    });
    document.body.append(sent);
    flush().then(() => sent.submit());
  }

  // Regions: province, city, county ---------------------------------------------------------------
  let regions = null;
  const loadRegions = () => (regions = regions || fetch(words.regions).then((answer) => answer.json()));
  function cascade(widget) {
    loadRegions().then((names) => {
      const input = widget.querySelector("input");
      const codes = Object.keys(names).sort();
      const label = input.labels && input.labels[0] ? input.labels[0].textContent.trim() : "";
      const levels = [
        () => codes.filter((code) => code.endsWith("0000")),
        (value) => codes.filter((code) => code.slice(0, 2) === value.slice(0, 2) && code.endsWith("00") && !code.endsWith("0000")),
        (value) => codes.filter((code) => !code.endsWith("00") && (code.slice(0, 4) === value.slice(0, 4) || (value.endsWith("0000") && code.slice(0, 2) === value.slice(0, 2) && !names[`${code.slice(0, 4)}00`]))),
      ];
      function draw() {
        const value = widget.dataset.value || "";
        const parts = [value ? `${value.slice(0, 2)}0000` : "", /00$/.test(value) ? value : value ? `${value.slice(0, 4)}00` : "", /00$/.test(value) ? "" : value];
        const selects = [];
        levels.forEach((options, level) => {
          if (level && !value) return;
          const found = options(level === 2 && names[parts[1]] ? parts[1] : value);
          if (!found.length) return;
          const select = document.createElement("select");
          select.className = "form-select";
          select.setAttribute("aria-label", `${label} ${level + 1}`);
          if (!level) select.id = input.id;
          select.append(new Option("", ""), ...found.map((code) => new Option(names[code], code, false, code === parts[level])));
          select.addEventListener("change", () => {
            widget.dataset.value = select.value || (level === 2 && names[parts[1]] ? parts[1] : level ? parts[0] : "");
            draw();
            const again = all("select", widget)[level];
            if (again) again.focus();
          });
          selects.push(select);
        });
        widget.replaceChildren(...selects);
      }
      widget.addEventListener("yihu:region", draw);
      draw();
    });
  }
  all(".fl-rows [data-widget=region], .fl-plain > [data-widget=region], .fl-wide > [data-widget=region]").forEach(cascade);

  // Attachments ---------------------------------------------------------------------------------------
  form.addEventListener("change", (event) => {
    const file = event.target.closest("[data-widget=file] input[type=file]");
    if (!file || !file.files.length) return;
    const widget = file.closest("[data-widget=file]");
    const name = widget.querySelector("[data-name]");
    const sent = new FormData();
    sent.append("file", file.files[0]);
    name.textContent = words.uploading;
    fetch(words.upload, { method: "POST", body: sent, headers: { "X-CSRFToken": token(), Accept: "application/json" } })
      .then((answer) => answer.json().then((said) => ({ ok: answer.ok, said })))
      .then(({ ok, said }) => {
        if (!ok) throw new Error(said.error || words.refused);
        widget.dataset.file = JSON.stringify({ name: said.name, document: said.document });
        name.textContent = said.name;
        touch(fieldOf(widget), true);
      })
      .catch((error) => { name.textContent = error.message || words.refused; });
  });

  // Saving ---------------------------------------------------------------------------------------------
  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1] || form.querySelector("[name=csrfmiddlewaretoken]").value;
  function say(key, more) {
    status.textContent = status.dataset[key] + (more ? ` ${more}` : "");
    status.dataset.state = key;
  }
  function remember() {
    const values = {};
    touched.forEach((code) => { values[code] = readField(fieldNamed(code)); });
    try {
      if (touched.size) sessionStorage.setItem(KEPT, JSON.stringify({ section: words.section, values }));
      else sessionStorage.removeItem(KEPT);
    } catch (full) { /* the page itself still holds everything */ }
  }
  function touch(field, now) {
    if (!field) return;
    touched.add(field.dataset.code);
    remember();
    say("waiting");
    window.clearTimeout(timer);
    const at = Date.now();
    first = first || at;
    timer = window.setTimeout(flush, now || at - first > LONGEST ? 0 : DELAY);
  }
  form.addEventListener("input", (event) => {
    if (!event.target.closest("[data-widget=file]")) touch(fieldOf(event.target));
  });
  form.addEventListener("change", (event) => {
    if (!event.target.closest("[data-widget=file]")) touch(fieldOf(event.target), true);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); flush(); });

  function flush(leaving) {
    window.clearTimeout(timer);
    if (running) return running.then(() => (touched.size ? flush(leaving) : null));
    if (!touched.size) return Promise.resolve();
    first = 0;
    const sent = { values: {}, seen: {} };
    const codes = Array.from(touched);
    codes.forEach((code) => {
      const field = fieldNamed(code);
      sent.values[code] = readField(field);
      sent.seen[code] = JSON.parse(field.dataset.seen);
    });
    touched.clear();
    say("saving");
    running = fetch(words.save, {
      method: "POST",
      body: JSON.stringify(sent),
      keepalive: leaving === true,
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    })
      .then((answer) => {
        const ours = (answer.headers.get("Content-Type") || "").includes("json");
        if (answer.redirected || answer.status === 401 || (answer.status === 403 && !ours)) {
          expired.hidden = false;
          throw new Error("expired");
        }
        return answer.json().then((said) => ({ answer, said }));
      })
      .then(({ answer, said }) => {
        expired.hidden = true;
        failures = 0;
        if (!answer.ok) {
          codes.forEach((code) => problems(fieldNamed(code), [said.message]));
          status.textContent = said.message;
          status.dataset.state = "failed";
          remember();
          return;
        }
        took(said);
      })
      .catch(() => {
        codes.forEach((code) => touched.add(code));
        remember();
        failures += 1;
        say("failed");
        timer = window.setTimeout(flush, Math.min(30000, 2000 * failures));
      })
      .finally(() => { running = null; });
    return running;
  }
  function took(said) {
    Object.entries(said.saved).forEach(([code, kept]) => {
      const field = fieldNamed(code);
      if (!field) return;
      field.dataset.seen = JSON.stringify(kept.value);
      field.classList.toggle("fl-changed", kept.changed);
      const was = field.querySelector(".fl-was");
      was.hidden = !kept.changed;
      was.querySelector("[data-was]").textContent = kept.was;
      problems(field, kept.problems);
      settled(field); // a save that crossed the answer to a conflict had put the question again
      if (!touched.has(code) && field.dataset.kind !== "table") writeControl(field, kept.value, kept.text);
    });
    said.conflicts.forEach(conflict);
    progress(said.progress);
    remember();
    say("saved", said.at);
  }
  function problems(field, texts) {
    if (!field) return;
    const list = field.querySelector("[data-problems]");
    list.replaceChildren(...texts.map((text) => {
      const line = document.createElement("li");
      line.textContent = text;
      return line;
    }));
    field.classList.toggle("fl-wrong", texts.length > 0);
  }
  function settled(field) {
    const place = field.querySelector("[data-conflict]");
    if (place) place.hidden = true;
  }
  function conflict(clash) {
    const field = fieldNamed(clash.code);
    const place = field.querySelector("[data-conflict]");
    const asked = JSON.stringify([clash.theirs, clash.mine_shown]);
    if (!place.hidden && place.dataset.conflict === asked) return; // drawn anew, a button under the mouse would lose its click
    place.dataset.conflict = asked;
    const text = document.createElement("p");
    text.textContent = `${clash.by} ${clash.at} ${words.conflict}：${clash.theirs_shown}；${words.mineIs}：${clash.mine_shown}`;
    const settle = (label, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = label;
      button.addEventListener("click", () => {
        field.dataset.seen = JSON.stringify(clash.theirs);
        settled(field);
        act();
      });
      return button;
    };
    place.replaceChildren(
      text,
      settle(words.theirs, () => {
        if (field.dataset.kind === "table") writeRows(field, clash.theirs);
        else writeControl(field, clash.theirs, clash.theirs_text);
        touch(field, true);
      }),
      settle(words.mine, () => touch(field, true)),
    );
    place.hidden = false;
  }

  // Progress ------------------------------------------------------------------------------------------
  function progress(said) {
    said.tabs.forEach((tab) => {
      const link = document.querySelector(`[data-tab="${tab.code}"]`);
      const filled = link.querySelector("[data-filled]");
      if (filled) filled.textContent = `${tab.filled}/${tab.required}`;
      const mark = link.querySelector("[data-mark]");
      if (mark && tab.changes) {
        mark.textContent = words.changed;
        mark.className = "yh-tag yh-tag-amber";
      }
    });
    if (!said.gaps.length) {
      const none = document.createElement("li");
      none.className = "yh-note";
      none.textContent = words.none;
      gaps.replaceChildren(none);
      return;
    }
    gaps.replaceChildren(...said.gaps.map((gap) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = `?section=${gap.section}#field-${gap.code}`;
      link.dataset.gap = gap.code;
      link.dataset.in = gap.section;
      link.textContent = gap.message;
      line.append(link);
      return line;
    }));
  }
  function jump(link) {
    const field = fieldNamed(link.dataset.gap);
    if (link.dataset.in !== words.section || !field) {
      flush().then(() => window.location.assign(link.href));
      return;
    }
    field.scrollIntoView({ block: "center" });
    const control = field.querySelector("input:not([type=hidden]), select, textarea, [data-add]");
    if (control) control.focus({ preventScroll: true });
  }
  gaps.addEventListener("click", (event) => {
    const link = event.target.closest("[data-gap]");
    if (!link) return;
    event.preventDefault();
    jump(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.code === "KeyN") {
      const links = all("[data-gap]", gaps);
      if (!links.length) return;
      event.preventDefault();
      const here = document.activeElement.closest ? fieldOf(document.activeElement) : null;
      const place = here ? links.findIndex((link) => link.dataset.gap === here.dataset.code) : -1;
      jump(links[(place + 1) % links.length]);
    } else if (event.ctrlKey && event.key === "Enter") {
      const row = document.activeElement.closest(".fl-row");
      if (row) {
        event.preventDefault();
        addRow(fieldOf(row), true);
      }
    } else if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      flush();
    }
  });

  // Leaving: what is not yet saved goes with the page --------------------------------------------------
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(true); });
  window.addEventListener("pagehide", () => flush(true));
  all(".fl-tabs a").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (!touched.size && !running) return;
      event.preventDefault();
      flush().then(() => window.location.assign(link.href));
    });
  });
  all("form[method=post]").forEach((other) => {
    if (other === form || other.closest(".yh-top")) return;
    other.addEventListener("submit", (event) => {
      if (!touched.size && !running) return;
      event.preventDefault();
      flush().then(() => other.submit());
    });
  });
  document.getElementById("fl-retry").addEventListener("click", () => flush());
  window.addEventListener("focus", () => { if (!expired.hidden) flush(); });

  // What a closed tab or a lost session left behind ----------------------------------------------------
  try {
    const left = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (left && left.section === words.section) {
      Object.entries(left.values).forEach(([code, value]) => {
        const field = fieldNamed(code);
        if (!field) return;
        if (field.dataset.kind === "table") writeRows(field, value);
        else writeControl(field, value, plain(value));
        touch(field);
      });
    }
  } catch (unreadable) { sessionStorage.removeItem(KEPT); }
  const blocked = document.getElementById("fl-blocked");
  if (blocked) blocked.focus();
  if (window.location.hash.startsWith("#field-")) {
    const field = document.getElementById(window.location.hash.slice(1));
    const control = field && field.querySelector("input:not([type=hidden]), select, textarea, [data-add]");
    if (control) {
      field.scrollIntoView({ block: "center" });
      control.focus({ preventScroll: true });
    }
  }
})();
