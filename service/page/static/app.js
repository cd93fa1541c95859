// The page without this script is a form that is posted. With it the result follows while one types.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // Light or dark, as chosen before; before the first paint. Storage may be forbidden, as in a frame.
  const kept = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("theme");
      localStorage.setItem("theme", value);
    } catch { /* then it is not kept */ }
    return null;
  };
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const before = kept();
  if (before === "dark" || before === "light") root.dataset.theme = before;

  const themed = () => {
    const button = document.getElementById("theme");
    if (!button) return;
    button.hidden = false;
    button.setAttribute("aria-pressed", String(dark()));
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      kept(root.dataset.theme);
      button.setAttribute("aria-pressed", String(dark()));
    });
  };

  // A question or a part of the result is shown, whatever it is folded into, and takes the focus.
  const reveal = (target) => {
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const input = target.matches(".field") ? target.querySelector("input:checked, input, select") : target;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ block: target.matches(".field") ? "center" : "start", behavior: calm ? "auto" : "smooth" });
    if (input) input.focus({ preventScroll: true });
  };
  const fieldOf = (link) => {
    if (!link.dataset.finding) return null;
    const group = link.dataset.lesion && document.querySelector(`.lesion-form[data-anchor="${CSS.escape(link.dataset.lesion)}"]`);
    const lone = document.querySelectorAll(".lesion-form").length === 1 ? document.querySelector(".lesion-form") : null;
    const within = group || lone;
    return document.getElementById(`f-${link.dataset.finding}`)
      || (within && document.getElementById(`f-lesion-${within.dataset.n}-${link.dataset.finding}`))
      || document.getElementById("lesions");
  };
  const followed = (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#'], a[data-finding]");
    if (!link || event.defaultPrevented) return;
    const href = link.getAttribute("href") || "";
    const target = fieldOf(link) || document.getElementById(decodeURIComponent(href.slice(1)));
    if (!target) return;
    event.preventDefault();
    reveal(target);
  };

  // What is wrong stands at its field too.
  const mended = () => {
    for (const old of document.querySelectorAll(".mend")) old.textContent = "";
    for (const old of document.querySelectorAll("#case [aria-invalid]")) old.removeAttribute("aria-invalid");
    for (const old of document.querySelectorAll(".field.wrong")) old.classList.remove("wrong");
    for (const item of document.querySelectorAll("#result [data-field]")) {
      const field = document.getElementById(item.dataset.field);
      const mend = document.getElementById(`${item.dataset.field}-error`);
      if (!field || !mend) continue;
      mend.textContent = item.querySelector(".message").textContent;
      field.classList.add("wrong");
      const input = field.querySelector("input[type=text], input[type=date], select");
      if (input) input.setAttribute("aria-invalid", "true");
    }
  };

  // A short sentence for who does not see the result change; on a phone it leads there.
  let said = "";
  const announced = () => {
    const result = document.querySelector("#result > .result");
    const status = document.getElementById("status");
    const jump = document.querySelector(".jump");
    if (!result || !status) return;
    if (result.dataset.status !== said) status.textContent = said = result.dataset.status;
    if (jump) {
      jump.hidden = !result.dataset.short;
      jump.classList.toggle("alarming", Boolean(result.querySelector(".alarm, .problems")));
      document.getElementById("jump-text").textContent = result.dataset.short;
    }
  };

  // Where the result can be seen there is no need to be led to it.
  const watched = () => {
    const jump = document.querySelector(".jump");
    const result = document.getElementById("result");
    if (!jump || !result) return;
    new IntersectionObserver(([entry]) => {
      jump.classList.toggle("seen", entry.isIntersecting);
      jump.classList.toggle("up", entry.boundingClientRect.bottom < 0);
    }).observe(result);
  };

  // What was unfolded in the result stays so, and an alarm that was said is not said again.
  let open = new Set();
  const beforeSwap = (event) => {
    if (event.detail.target && event.detail.target.id !== "result" && event.detail.target.id !== "lesions") return;
    open = new Set([...document.querySelectorAll("#result details[open][id]")].map((each) => each.id));
    const alarm = document.querySelector("#result .alarm-line");
    const text = event.detail.serverResponse;
    if (alarm && typeof text === "string") {
      const next = new DOMParser().parseFromString(text, "text/html").querySelector(".alarm-line");
      if (next && next.textContent === alarm.textContent) {
        event.detail.serverResponse = text.replace('class="alarm" role="alert"', 'class="alarm"');
      }
    }
  };
  let alarmed = null;
  const alarming = () => {
    const line = document.querySelector("#result .alarm-line");
    const now = line ? line.textContent : "";
    // Beside the form the result scrolls by itself: an alarm that is new must not be above what is seen of it.
    if (alarmed !== null && now && now !== alarmed) document.querySelector(".pane-result").scrollTop = 0;
    alarmed = now;
  };
  const afterSwap = () => {
    for (const id of open) {
      const each = document.getElementById(id);
      if (each && each.tagName === "DETAILS") each.open = true;
    }
    alarming();
    mended();
    announced();
    written();
  };
  const unreachable = () => {
    const result = document.querySelector("#result > .result");
    if (result) result.classList.add("stale");
    const status = document.getElementById("status");
    status.textContent = said = document.body.dataset.unreachable;
    status.classList.remove("hidden");
  };

  // A file that is chosen or dropped is opened at once.
  const opening = () => {
    const file = document.getElementById("file");
    const drop = document.getElementById("drop");
    const button = document.getElementById("open-button");
    const form = document.getElementById("case");
    if (!file || !drop || !button || !form) return;
    const error = document.getElementById("file-error");
    const go = () => {
      if (!file.files.length) return;
      // The server refuses it too, but only once all of it is there, and then in place of this page.
      const fits = file.files[0].size <= Number(file.dataset.most);
      error.textContent = fits ? "" : file.dataset.tooLarge;
      if (fits) form.requestSubmit(button); else file.value = "";
    };
    file.addEventListener("change", go);
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) { file.files = event.dataTransfer.files; go(); }
    });
    // The Enter key in a field asks for the result, and not for a new page.
    form.addEventListener("submit", (event) => {
      if (window.htmx && event.submitter && event.submitter.classList.contains("default")) {
        event.preventDefault();
        window.htmx.trigger(form, "input");
      }
    });
  };

  // What was typed is in this page alone, so it is not left by a slip.
  const leaving = () => {
    const form = document.getElementById("case");
    if (!form) return;
    let unsaved = "unsaved" in form.dataset;
    let sent = 0;
    form.addEventListener("input", (event) => { if (event.isTrusted && event.target.id !== "paste" && event.target.id !== "file") unsaved = true; });
    form.addEventListener("submit", () => { sent = Date.now(); });
    addEventListener("beforeunload", (event) => { if (unsaved && Date.now() - sent > 2000) event.preventDefault(); });
  };

  // The record of an EHR: whether it may be written to, and writing on a click.
  let wrote = null;
  const written = async () => {
    const part = document.getElementById("write-back");
    if (!part || part.dataset.ready) return;
    part.dataset.ready = "yes";
    const outcome = part.querySelector(".outcome");
    const button = part.querySelector("button");
    // The text of an OperationOutcome is its narrative, and no string.
    const text = (body) => (body.issue ? body.issue.map((each) => each.diagnostics).join(" ") : body.text) || "";
    let state;
    try {
      state = await (await fetch(part.dataset.statusUrl, { headers: { Accept: "application/json" } })).json();
    } catch { return; }
    if (!state.open || !state.mayWrite) return;
    part.hidden = false;
    if (wrote !== null && wrote !== part.dataset.body) outcome.textContent = document.body.dataset.changed;
    button.addEventListener("click", async () => {
      button.disabled = true;
      outcome.textContent = document.body.dataset.writing;
      try {
        const response = await fetch(part.dataset.url, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": state.csrf },
          body: part.dataset.body,
        });
        outcome.textContent = text(await response.json());
        if (response.ok) wrote = part.dataset.body;
      } catch {
        outcome.textContent = document.body.dataset.unreachable;
      }
      button.disabled = false;
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    themed();
    opening();
    leaving();
    alarming();
    announced();
    watched();
    written();
    document.addEventListener("click", followed);
    document.body.addEventListener("htmx:beforeSwap", beforeSwap);
    document.body.addEventListener("htmx:afterSettle", afterSwap);
    for (const name of ["htmx:sendError", "htmx:timeout"]) document.body.addEventListener(name, unreachable);
    document.body.addEventListener("htmx:beforeRequest", () => document.getElementById("status").classList.add("hidden"));
    const reading = document.getElementById("read-record");
    if (reading) reading.form.requestSubmit(reading);
    else if (location.hash) { const at = document.getElementById(location.hash.slice(1)); if (at) reveal(at); }
  });
})();
