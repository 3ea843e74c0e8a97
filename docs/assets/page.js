// The drawers of a page: they open for a link into them, for what the search found in them, and all at once; and an
// address that has moved leads to its new place. Without this a click opens a drawer all the same.
{
  const CLOSED = "article details:is(.proof, .check, .set-up, .figure-code)";
  const drawers = [...document.querySelectorAll(CLOSED)];
  const moved = JSON.parse(document.querySelector("#moved")?.textContent ?? "{}");
  const anchor = () => decodeURIComponent(location.hash.slice(1));

  // What a reader chose, remembered as the palette is; a browser may refuse to keep anything.
  const key = "proofs";
  const remembered = () => {
    try {
      return localStorage.getItem(key) === "shown";
    } catch {
      return false;
    }
  };
  const remember = (all) => {
    try {
      localStorage.setItem(key, all ? "shown" : "folded");
    } catch {
      return; // it holds for this page
    }
  };

  const open = (element) => {
    for (let up = element; up; up = up.parentElement) if (up.localName === "details") up.open = true;
  };

  // A link that leads into a drawer opens it, and those around it.
  const follow = () => {
    if (Object.hasOwn(moved, anchor())) {
      location.replace(moved[anchor()]);
      return;
    }
    const target = document.getElementById(anchor());
    if (!target?.closest("details:not([open])")) return;
    open(target);
    target.scrollIntoView();
  };

  // The search leads to a stretch of the page: the words it found there lie in sight, or in a drawer that opens.
  const reveal = () => {
    const words = new URLSearchParams(location.search).get("h")?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
    if (!words.length) return;
    const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4)")];
    const start = headings.findIndex(({ id }) => id === anchor());
    const within = (element) => {
      if (start < 0) return true;
      const after = Node.DOCUMENT_POSITION_FOLLOWING;
      const next = headings[start + 1];
      return headings[start].compareDocumentPosition(element) & after && !(next?.compareDocumentPosition(element) & after);
    };
    const here = drawers.filter(within);
    const sight = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    let seen = "";
    while (sight.nextNode()) {
      const around = sight.currentNode.parentElement;
      if (within(around) && !around.closest("details:not([open]) > :not(summary)")) seen += sight.currentNode.data.toLowerCase();
    }
    for (const word of words.filter((one) => !seen.includes(one)))
      here.find(({ textContent }) => textContent.toLowerCase().includes(word))?.setAttribute("open", "");
  };

  const button = document.querySelector(".drawers");
  const show = (all) => {
    button.setAttribute("aria-pressed", all);
    for (const drawer of drawers) drawer.open = all;
  };
  if (drawers.length && button) {
    if (remembered()) show(true);
    button.addEventListener("click", () => {
      const all = button.getAttribute("aria-pressed") !== "true";
      show(all);
      remember(all);
    });
  }
  reveal();
  follow();
  addEventListener("hashchange", follow);
}

// What the keyboard and a screen reader miss in Material's markup: names, places to stop, the page that is open.
{
  const set = (selector, attributes) => {
    for (const element of document.querySelectorAll(selector))
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  };
  set("[role=dialog][data-md-component=search]", { "aria-label": "Search" });
  set(".md-header .md-icon[for=__drawer]", { tabindex: 0, title: "Navigation" });
  set(".md-nav__title[for^=__nav_], .md-nav__link--active[for=__toc]", { tabindex: 0 });
  set("a.md-nav__link--active", { "aria-current": "page" });
  for (const element of document.querySelectorAll("[tabindex='']")) element.removeAttribute("tabindex");

  // A button to copy is no navigation: a page would have a nameless landmark for each cell.
  const name = () => set("nav.md-code__nav", { role: "presentation" });
  new MutationObserver(name).observe(document.querySelector("article"), { childList: true, subtree: true });
  name();

  // The search begins with a text that no key has written, too: that of a paste, a drop, a voice.
  document.addEventListener("input", ({ target }) => {
    if (target.matches(".md-search__input")) target.dispatchEvent(new Event("keyup"));
  });
}
