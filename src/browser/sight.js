// What every look at a frame begins with: how its fields are told apart, named and found. The scripts that follow it
// are the bodies of functions; their argument is `want`.
const want = arguments[0];
const CONTROL = "input:not([type=hidden]), select, textarea, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox]";
const FIELD = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]), select, textarea, "
  + "[contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox], [role=checkbox], [role=radio], [role=option], [role=switch]";
const BUTTON = "button, [role=button], input[type=submit], input[type=button], input[type=image], input[type=reset], a, [role=link], summary";
const SILENT = "script, style, noscript, template, option";

// A document that is about to be left is not looked at: what it shows belongs to the step before. It is said to be so
// for a few seconds only, since some ways lead nowhere (an application's own scheme, an empty answer). Between a press and
// the first sign of its effect nothing tells whether it will be left: a form is sent some moments after it was asked to be.
// So one is not looked at either until it has handled the press and what that put off to the next moment.
const LEAVING = Symbol.for("conformance.leaving");
const PRESSED = Symbol.for("conformance.pressed");
if (!(LEAVING in window)) {
  window[LEAVING] = -Infinity;
  const leave = () => { window[LEAVING] = performance.now(); };
  const stay = () => { window[LEAVING] = -Infinity; };
  window.navigation?.addEventListener("navigate", event => {
    if (event.destination.sameDocument || event.downloadRequest !== null) return;
    leave();
    queueMicrotask(() => { if (navigation.transition) stay(); });
  });
  window.navigation?.addEventListener("navigateerror", stay);
  addEventListener("pageshow", event => { if (event.persisted) stay(); });
  addEventListener("submit", event => {
    if (!event.defaultPrevented && /^_(top|parent)$/.test(event.submitter?.formTarget || event.target.target)) leave();
  });
  window[PRESSED] = -Infinity;
  const hops = new MessageChannel();
  hops.port2.onmessage = ({ data: left }) => {
    if (left) hops.port1.postMessage(left - 1);
    else window[PRESSED] = -Infinity;
  };
  addEventListener("mouseup", () => hops.port1.postMessage(2), { capture: true });
}
const since = mark => performance.now() - window[mark];
const press = () => { window[PRESSED] = performance.now(); };
const leaving = since(LEAVING) < 5000 || (!want.act && since(PRESSED) < 1000);

const squash = text => (text ?? "").normalize("NFC").replace(/\s+/gu, " ").trim();
const patterns = new Map();
const found = (pattern, text) => {
  if (!patterns.has(pattern)) patterns.set(pattern, new RegExp(pattern.normalize("NFC"), "iu"));
  return patterns.get(pattern).test(squash(text));
};

// The document and every open shadow root below it.
const roots = [document];
for (let at = 0; at < roots.length; at++) {
  for (const element of roots[at].querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
}
const all = css => roots.flatMap(root => [...root.querySelectorAll(css)]);

const isShown = element => {
  if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true, contentVisibilityAuto: false })) return false;
  const box = element.getBoundingClientRect();
  // What is parked outside the page, or cut down to a pixel for screen readers only, is not seen.
  return box.width > 1 && box.height > 1 && box.right + scrollX > 0 && box.bottom + scrollY > 0;
};

// What a person sees for an element: a radio drawn by its label is that label.
const face = element => {
  if (isShown(element)) return element;
  if (!element.matches("input[type=radio], input[type=checkbox]")) return null;
  return [...(element.labels ?? [])].find(isShown) ?? null;
};

// The visible words of an element, without the options or text of controls inside it.
const bareWords = element => {
  let words = "";
  const walk = node => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) words += child.data;
      else if (child.nodeType === Node.ELEMENT_NODE && !child.matches(`${CONTROL}, ${SILENT}, button, [role=button]`) && child.checkVisibility()) {
        words += " ";
        walk(child);
      }
    }
  };
  walk(element);
  return words;
};

// A label's own words. Labels may be hidden from the eye and still name their control.
const ownWords = element => element.querySelector("select, textarea, button") ? bareWords(element) : element.innerText || element.textContent;

// The element around, also out of a shadow root.
const up = element => element.parentElement ?? element.getRootNode().host ?? null;
const within = (box, element) => {
  for (let at = element; at; at = up(at)) if (at === box) return true;
  return false;
};
// Every element below, shadow roots included, in the order of the page.
const deep = function* (root) {
  for (const child of root.children) {
    yield child;
    if (child.shadowRoot) yield* deep(child.shadowRoot);
    yield* deep(child);
  }
};

// The words in the smallest box that holds this control, and no other one: its row, its cell, its floating label. A
// box with many words is a page rather than a label.
const surroundings = element => {
  const others = all(CONTROL).filter(other => other !== element);
  for (let box = up(element); box && !box.matches("form, fieldset, table, tbody, main, body, html"); box = up(box)) {
    if (others.some(other => within(box, other))) return "";
    const words = squash(bareWords(box));
    if (/\p{L}/u.test(words)) return words.length <= 120 ? words : "";
  }
  return "";
};

// The words before an element, or after it; null when its root ends before any come.
const beside = (element, after) => {
  const walker = document.createTreeWalker(element.getRootNode(), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  walker.currentNode = element;
  for (let steps = 0; steps < 80; steps++) {
    const node = after ? walker.nextNode() : walker.previousNode();
    if (!node) return null;
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.matches(CONTROL)) return "";
      continue;
    }
    const parent = node.parentElement;
    if (!/\p{L}/u.test(node.data) || !parent || parent.closest(SILENT) || !parent.checkVisibility()) continue;
    let block = parent;
    while (/^inline/.test(getComputedStyle(block).display) && block.parentElement && !block.parentElement.querySelector(CONTROL)) block = block.parentElement;
    return block.querySelector(CONTROL) ? node.data : block.innerText;
  }
  return "";
};

// The words next to a control that no label names: around it, else before it, or after it for a box to tick; where it is
// the whole of a component, those next to the component.
const neighbour = element => {
  const around = surroundings(element);
  if (around) return around;
  const after = element.matches("input[type=radio], input[type=checkbox]");
  for (let at = element; at; at = at.getRootNode().host) {
    const words = beside(at, after);
    if (words !== null) return words;
  }
  return "";
};

const labelsOf = element => {
  const texts = [...(element.labels ?? [])].map(ownWords);
  if (element.ariaLabel) texts.push(element.ariaLabel);
  const ids = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(id => id);
  if (ids.length) texts.push(ids.map(id => element.getRootNode().getElementById?.(id)?.textContent ?? "").join(" "));
  if (element.title) texts.push(element.title);
  // What acts as a box to tick without being one carries its words itself.
  if (element.matches("[role=checkbox], [role=radio], [role=option], [role=switch]")) texts.push(bareWords(element));
  if (!texts.some(text => squash(text))) texts.push(neighbour(element));
  // The heading of a small group names its parts, too: the month and the year of an expiry, the boxes of a number.
  for (let at = element; at && !element.matches("input[type=radio]"); at = at.getRootNode().host) {
    const group = at.closest("fieldset, [role=group]");
    if (!group) continue;
    if (all(CONTROL).filter(other => within(group, other)).length <= 8) {
      texts.push(group.querySelector(":scope > legend")?.innerText ?? group.ariaLabel ?? "");
    }
    break;
  }
  return texts;
};
// Asked for again and again, for one locator after the other.
const known = new Map();
const labels = element => {
  if (!known.has(element)) known.set(element, labelsOf(element));
  return known.get(element);
};

const buttonText = element => [element.innerText, element.matches("input") ? element.value : "", element.ariaLabel, element.title, element.alt]
  .map(squash).find(text => text) ?? "";

// Things that act as a button without saying so: a listener in the markup, a place in the tab order, a pointing hand.
const disguised = pattern => {
  const named = all("[onclick], [tabindex='0']").filter(element => found(pattern, buttonText(element)));
  if (named.length) return named;
  return all("*").filter(element => !element.matches(SILENT) && element.childElementCount < 3
    && found(pattern, element.innerText) && getComputedStyle(element).cursor === "pointer");
};

// The value that stands beside its name: `<dt><dd>`, `<th><td>`, the cells of a row, or a label that labels no control.
const valueBeside = pattern => all("dt, th, td:first-child, label, [role=rowheader]")
  .filter(element => !element.control && !element.querySelector(CONTROL) && found(pattern, element.innerText) && element.nextElementSibling)
  .map(element => element.nextElementSibling);

// What a frame says to its reader, shadow roots included.
const visibleWords = () => squash([document.body, ...roots.slice(1).flatMap(root => [...root.children])]
  .filter(element => element && !element.matches(SILENT)).map(element => element.innerText).join(" "));

const candidates = locator => {
  let list;
  if (locator.css) list = all(locator.css);
  else if (locator.text) list = all(BUTTON);
  else list = all(FIELD);
  if (locator.text) {
    const named = list.filter(element => found(locator.text, buttonText(element)));
    list = named.length || locator.css ? named : disguised(locator.text);
  }
  if (locator.autocomplete) list = list.filter(element => (element.getAttribute("autocomplete") ?? "").toLowerCase().split(/\s+/).includes(locator.autocomplete.toLowerCase()));
  if (locator.name) list = list.filter(element => found(locator.name, element.getAttribute("name")) || found(locator.name, element.id));
  if (locator.placeholder) list = list.filter(element => found(locator.placeholder, element.getAttribute("placeholder") ?? element.getAttribute("aria-placeholder")));
  if (locator.label) {
    const named = list.filter(element => labels(element).some(text => found(locator.label, text)));
    list = named.length || Object.keys(locator).length > 1 ? named : valueBeside(locator.label);
  }
  return list;
};

const describe = element => {
  const id = element.id ? `#${element.id}` : "";
  const text = squash(element.innerText).slice(0, 40);
  return `<${element.localName}${id}${text ? ` "${text}"` : ""}>`;
};

// What lies over the middle of an element's visible part, if anything that would keep a person from it.
const cover = element => {
  const box = element.getBoundingClientRect();
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const hit = element.getRootNode().elementFromPoint?.(x, y);
  if (!hit || within(hit, element) || within(element, hit)) return null;
  if (element.getRootNode().host === hit || [...(element.labels ?? [])].some(label => label.contains(hit))) return null;
  // Ornaments drawn into a control (an icon, a floating label) share its place; a curtain does not.
  const curtain = hit.getBoundingClientRect();
  if (element.matches(CONTROL) && curtain.width * curtain.height <= 1.5 * box.width * box.height) return null;
  return describe(hit);
};

