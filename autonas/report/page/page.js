"use strict";
// Theme, sorting, showing one trial in every figure, and, while a search runs, fetching the page anew.
(() => {
  const root = document.documentElement;
  const main = document.getElementById("content");
  const told = document.getElementById("told");
  const theme = document.getElementById("theme");
  const live = document.body.dataset.live === "true";
  const state = { column: null, down: false, trial: null };

  // Where storage is refused (a page opened from a file, in some browsers), the choice lasts as long as the page.
  const remember = (value) => { try { localStorage.setItem("autonas-theme", value); } catch (refused) { return; } };
  const remembered = () => { try { return localStorage.getItem("autonas-theme"); } catch (refused) { return null; } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const showTheme = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
    theme.setAttribute("aria-pressed", String(isDark()));
  };
  const stored = remembered();
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  showTheme();
  system.addEventListener("change", showTheme);
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember(root.dataset.theme);
    showTheme();
  });

  const valueOf = (row, column, number) => {
    const text = row.cells[column].dataset.sort;
    if (!number) return text;
    return text === "" ? null : Number(text);
  };
  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  const sort = (column, down) => {
    const table = main.querySelector("table.sortable");
    const heads = [...table.tHead.rows[0].cells];
    const number = heads[column].dataset.kind === "number";
    const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row, column, number), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null); // what is missing comes last, either way
      return down ? compare(b, a) : compare(a, b);
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
    heads.forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    Object.assign(state, { column, down });
  };

  const pick = (trial, jump) => {
    main.querySelectorAll(".picked").forEach((each) => each.classList.remove("picked"));
    state.trial = trial;
    if (trial === null) { told.textContent = ""; return; }
    const shown = main.querySelectorAll(`[data-trial="${CSS.escape(trial)}"]`);
    shown.forEach((each) => each.classList.add("picked"));
    const row = [...shown].find((each) => each.tagName === "TR");
    if (!row) return;
    const cell = (place) => row.cells[place].textContent;
    told.textContent = `Trial ${trial}: ${cell(2) || "no score"}, ${cell(3)} parameters; ${cell(10)}`;
    if (jump) {
      const area = row.closest(".scroll");
      area.scrollTop = row.offsetTop - area.clientHeight / 2;
    }
  };

  document.addEventListener("click", (event) => {
    const head = event.target.closest("table.sortable th");
    if (head) {
      const column = head.cellIndex;
      sort(column, state.column === column || (state.column === null && column === 0) ? !state.down : false);
      return;
    }
    const part = event.target.closest("[data-trial]");
    if (part) pick(part.dataset.trial === state.trial ? null : part.dataset.trial, part.tagName !== "TR");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") pick(null, false);
  });

  if (!live) return;
  const EVERY_MS = 3000;
  let seen = null;
  const refresh = async () => {
    try {
      const answer = await fetch(location.pathname, { headers: seen ? { "If-None-Match": seen } : {}, cache: "no-store" });
      if (answer.status === 200) {
        seen = answer.headers.get("ETag");
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const open = new Set([...main.querySelectorAll("figure:has(details[open])")].map((each) => each.id));
        const area = main.querySelector(".board");
        const scrolled = area ? area.scrollTop : 0;
        main.replaceChildren(...fresh.getElementById("content").children);
        open.forEach((id) => { const part = document.querySelector(`#${CSS.escape(id)} details`); if (part) part.open = true; });
        if (state.column !== null) sort(state.column, state.down);
        if (state.trial !== null) pick(state.trial, false);
        if (main.querySelector(".board")) main.querySelector(".board").scrollTop = scrolled;
        document.title = fresh.title;
      }
      if (document.body.classList.contains("lost")) { // the warning goes, what was told before it comes back
        document.body.classList.remove("lost");
        pick(state.trial, false);
      }
    } catch (lost) {
      document.body.classList.add("lost");
      told.textContent = "The search's page no longer answers; what you see is its last state.";
    }
    setTimeout(refresh, EVERY_MS);
  };
  setTimeout(refresh, EVERY_MS);
})();
