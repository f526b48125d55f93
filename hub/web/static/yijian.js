// Keyboard, focus and the few things a page does by itself. It holds no rule: every decision is the server's.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typingIn = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(radio|checkbox|submit|button|file)$/.test(el.type);
  const store = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private mode */ } } };
  const singleKeys = () => store.get("yijian.single-keys") !== "off";

  // --- what needs a person -------------------------------------------------------------------------------------------
  const todo = () => all('[data-attention="1"]').filter((el) => el.offsetParent !== null);
  const control = (el) => el.querySelector("input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea, button") || el;
  function visit(el) {
    const place = control(el);
    el.scrollIntoView({ block: "center" });
    place.focus({ preventScroll: true });
    if (place.select && place.type === "text") place.select();
  }
  function step(direction) {
    const places = todo();
    if (!places.length) return document.querySelector("[data-primary]:not([disabled])")?.focus();
    const here = document.activeElement;
    const follow = (el) => here.compareDocumentPosition(el) & (direction > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING) && !el.contains(here);
    const ahead = direction > 0 ? places.find(follow) : places.reverse().find(follow);
    visit(ahead || places[0]);
  }
  function only(on) {
    const form = document.getElementById("form"), button = document.getElementById("only");
    if (!form || !button) return;
    const now = on ?? !form.classList.contains("only");
    form.classList.toggle("only", now);
    button.setAttribute("aria-pressed", String(now));
  }

  // --- dialogs and small openings ------------------------------------------------------------------------------------
  const openSheet = (id) => { const sheet = document.getElementById(id); if (sheet && !sheet.open) sheet.showModal(); };
  function unfold(id, open) {
    const form = document.getElementById(id), button = document.querySelector(`[data-edit="${id}"]`);
    if (!form) return;
    form.hidden = !open;
    button?.setAttribute("aria-expanded", String(open));
    if (open) control(form).focus(); else button?.focus();
  }
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let el;
    if ((el = hit("[data-opens]"))) openSheet(el.dataset.opens);
    else if ((el = hit("[data-closes]"))) el.closest("dialog")?.close();
    else if ((el = hit("[data-edit]"))) unfold(el.dataset.edit, document.getElementById(el.dataset.edit)?.hidden);
    else if ((el = hit("[data-cancel]"))) unfold(el.dataset.cancel, false);
    else if (hit("#only")) only();
    else if (hit("[data-show-all]")) only(false);
    else if ((el = hit("[data-dismiss]"))) el.closest("#say").replaceChildren();
    else if (hit("[data-back]")) history.back();
    else if (hit("[data-print]")) window.print();
    else if ((el = hit("[data-goto]"))) {
      const place = document.getElementById(el.getAttribute("href").slice(1));
      if (place) { event.preventDefault(); if (place.offsetParent === null) only(false); visit(place); }
    } else if ((el = hit("[data-fixed]"))) event.preventDefault();
    else if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "single-keys") store.set("yijian.single-keys", event.target.checked ? "on" : "off");
  });

  // A browser words its own complaints in its own language, whatever the page's is.
  document.addEventListener("invalid", ({ target }) => {
    const { valueMissing, tooShort } = target.validity, choose = target.tagName === "SELECT" || /^(radio|checkbox)$/.test(target.type);
    if (valueMissing) target.setCustomValidity(choose ? "请选择" : "请填写这一项");
    else if (tooShort) target.setCustomValidity(`请填满 ${target.minLength} 个字`);
  }, true);
  document.addEventListener("input", ({ target }) => target.setCustomValidity?.(""), true);

  // A list that is sifted while one types: every word must be in what an entry is about. Enter opens the first that is left.
  const sift = (box) => {
    const words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const entries = [...document.querySelectorAll(`${box.dataset.sift} > li`)];
    for (const entry of entries) entry.hidden = !words.every((word) => (entry.dataset.words || entry.textContent).toLowerCase().includes(word));
    const left = entries.filter((entry) => !entry.hidden);
    const said = box.closest("[role=search]")?.querySelector("[data-sifted]");
    if (said) said.textContent = !words.length ? "" : left.length ? `找到 ${left.length} 件` : "没有符合的，请换个词";
    return left;
  };
  document.addEventListener("input", ({ target }) => { if (target.dataset?.sift) sift(target); });
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!box.dataset?.sift || event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (box.value.trim()) sift(box)[0]?.querySelector("a")?.click();
  });

  // --- keys ----------------------------------------------------------------------------------------------------------
  let afterG = 0, enterPressed = false;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const el = document.activeElement, inField = typingIn(el), modal = document.querySelector("dialog[open]");
    if (event.key === "Enter" && inField && el.closest(".field")) { enterPressed = true; return; }
    if (event.key === "Escape" && !modal) {
      const form = el?.closest?.(".override");
      if (form) { form.reset(); unfold(form.id, false); }
      else if (inField && el.closest(".field-edit")) { el.form.reset(); el.blur(); }
      return;
    }
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      const keys = { n: () => step(1), p: () => step(-1), o: () => only() };
      const act = event.key === "Enter" ? () => document.querySelector("[data-primary]:not([disabled])")?.focus() : keys[event.key.toLowerCase()];
      if (act && !modal) { event.preventDefault(); act(); }
      return;
    }
    if (inField || event.ctrlKey || event.metaKey || !singleKeys()) return;
    if (event.key === "?") { event.preventDefault(); const keys = document.getElementById("keys"); if (keys) keys.open ? keys.close() : keys.showModal(); return; }
    if (modal) return;
    if (afterG && event.timeStamp - afterG < 1200) {
      afterG = 0;
      const link = document.querySelector(`.rail a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    const keys = { g: () => { afterG = event.timeStamp; }, n: () => step(1), p: () => step(-1), o: () => only(), "/": () => document.querySelector("[data-search]")?.focus() };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  // Arrow keys walk through a list of choices, each step a change: what stands when the list is left, or at Enter, is saved, once.
  let walking = null; // the list and what it said before
  document.addEventListener("keydown", (event) => {
    const list = event.target.closest?.(".field-edit select");
    if (!list) return;
    if (event.key === "Enter") { walking = null; event.preventDefault(); list.form.requestSubmit(); }
    else if (!event.altKey && /^(Arrow|Page|Home|End)|^.$/.test(event.key)) walking ??= { list, before: list.value };
  }, true);
  document.addEventListener("change", (event) => { if (walking?.list === event.target) event.stopImmediatePropagation(); }, true);
  document.addEventListener("focusout", (event) => {
    if (walking?.list !== event.target) return;
    const { list, before } = walking;
    walking = null;
    if (list.isConnected && list.value !== before) list.form.requestSubmit();
  });

  // --- swaps ---------------------------------------------------------------------------------------------------------
  // What a clerk is choosing or typing is never replaced under their hands, nor a field whose save is under way: its own answer draws
  // it again. On a slow machine the stream tells of a save before that answer comes, which then found nothing left to draw.
  const saving = new Map(); // id of a field: how many of its requests are under way
  const changed = (el) => /^(checkbox|radio)$/.test(el.type) ? el.checked !== el.defaultChecked : el.value !== el.defaultValue;
  const dirty = (target) => target.contains(document.activeElement)
    && (target.contains(walking?.list ?? null) || all("input:not([type=hidden]), textarea", target).some(changed));
  const fieldOf = (ctx) => ctx.sourceElement?.closest?.(".field");
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    ctx.saves = fieldOf(ctx)?.id;
    if (ctx.saves) saving.set(ctx.saves, (saving.get(ctx.saves) ?? 0) + 1);
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (!ctx.saves) return;
    const left = saving.get(ctx.saves) - 1;
    if (left) saving.set(ctx.saves, left); else saving.delete(ctx.saves);
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const ctx = event.detail.ctx, ownField = fieldOf(ctx);
    for (const task of event.detail.tasks) {
      const target = typeof task.target === "string" ? document.querySelector(task.target) : task.target;
      // Nor is a list that moves by itself, while somebody reads on in it or decides about one of its lines.
      if (target?.classList?.contains("live") && (target.contains(document.activeElement) || target.querySelector("dialog[open], details[open]"))) { task.swapSpec.style = "none"; continue; }
      if (!target?.classList?.contains("field") || target === ownField) continue;
      if (saving.has(target.id) || dirty(target)) task.swapSpec.style = "none";
      else if (target.contains(document.activeElement)) ctx.heldFocus = target.id;
    }
    if (ctx.response?.status < 400) document.getElementById("say")?.replaceChildren();
    ctx.fieldId = ownField?.id;
    ctx.hadFocus = ownField?.contains(document.activeElement);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const ctx = event.detail.ctx, field = ctx.fieldId && document.getElementById(ctx.fieldId);
    if (field) {
      const failed = ctx.response?.status >= 400, now = document.activeElement;
      const here = now === document.body || field.contains(now); // or the clerk was quicker, and is elsewhere already
      if (!failed) field.classList.add("fresh");
      if (failed) { if (here || !changed(now)) visit(field); }
      else if (!here) { /* the focus stays where they put it */ }
      else if (enterPressed) step(1);
      else if (ctx.hadFocus && now === document.body) { field.tabIndex = -1; field.focus({ preventScroll: true }); }
      enterPressed = false; // only by the answer to it: another department's answer may come in between
    }
    const held = ctx.heldFocus && document.activeElement === document.body && document.getElementById(ctx.heldFocus);
    if (held) { held.tabIndex = -1; control(held).focus({ preventScroll: true }); }
  });
  function note(kind, id, text) {
    const line = document.createElement("div"); line.className = `note note-${kind}`; line.id = id; line.textContent = text;
    return line;
  }
  document.addEventListener("htmx:error", () => document.getElementById("say")?.replaceChildren(
    note("bad", "say-unsaved", "没有连上服务器，刚才的操作可能没有保存。请检查网络后再试一次。")));

  // A stream that is gone for a moment (a restart, a sleeping laptop) is nobody's business; one that stays away is said, until it is back.
  let gone = 0;
  const lost = () => {
    gone ||= setTimeout(() => document.getElementById("say")?.append(
      note("warn", "say-offline", "暂时连不上服务器，正在重连；已保存的内容都在。")), 3000);
  };
  const back = ({ type }) => {
    clearTimeout(gone); gone = 0;
    document.getElementById("say-offline")?.remove();
    const unsaved = type === "htmx:sse:after:connection" && document.getElementById("say-unsaved");
    if (unsaved) unsaved.textContent = "刚才没有连上服务器，那一步可能没有保存；现在又连上了，请核对后再试一次。";
  };
  for (const event of ["htmx:sse:before:connection", "htmx:sse:error"]) document.addEventListener(event, lost);
  for (const event of ["htmx:sse:after:connection", "htmx:sse:close"]) document.addEventListener(event, back);

  window.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("single-keys");
    if (box) box.checked = singleKeys();
    if (document.body.classList.contains("print-now")) window.print();
  });
})();
