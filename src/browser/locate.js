// Looks at one frame: which of the wanted fields are visible in it, which frames it holds, and what it says.
// Runs as the body of a function. Its argument:
//   fields  {key: [locator, …]}, see profile.rs
//   act     null | "press" | "type" | "choose": also say whether the field can be used so, and ready it
//   option  what to choose, or to type
//   nth     which of several visible matches is meant, from 0
//   texts   true: the texts of all visible matches as well
//   attribute  name of an attribute to read
//   words   how many characters of the frame's visible text to tell as well
const want = arguments[0];
const CONTROL = "input:not([type=hidden]), select, textarea, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox]";
const FIELD = "input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=reset]):not([type=image]), select, textarea, "
  + "[contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox], [role=checkbox], [role=radio]";
const BUTTON = "button, [role=button], input[type=submit], input[type=button], input[type=image], input[type=reset], a, [role=link], summary";
const SILENT = "script, style, noscript, template, option";

// A document that is about to be left is not looked at: what it shows belongs to the step before. It is said to be so
// for a few seconds only, since some ways lead nowhere (an application's own scheme, an empty answer).
const LEAVING = Symbol.for("conformance.leaving");
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
  addEventListener("pageshow", stay);
  addEventListener("submit", event => {
    if (!event.defaultPrevented && /^_(top|parent)$/.test(event.submitter?.formTarget || event.target.target)) leave();
  });
}
const leaving = performance.now() - window[LEAVING] < 5000;

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

// A label's own words, without the options or text of controls inside it.
const ownWords = element => {
  if (!element.querySelector("select, textarea, button")) return element.innerText || element.textContent;
  let words = "";
  const walk = node => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) words += child.data;
      else if (child.nodeType === Node.ELEMENT_NODE && !child.matches(`${CONTROL}, ${SILENT}, button`)) walk(child);
    }
  };
  walk(element);
  return words;
};

// The words next to a control that no label names: before it, or after it for a box to tick.
const neighbour = element => {
  const after = element.matches("input[type=radio], input[type=checkbox]");
  const walker = document.createTreeWalker(element.getRootNode(), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  walker.currentNode = element;
  for (let steps = 0; steps < 80; steps++) {
    const node = after ? walker.nextNode() : walker.previousNode();
    if (!node) return "";
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

const labels = element => {
  const texts = [...(element.labels ?? [])].map(ownWords);
  if (element.ariaLabel) texts.push(element.ariaLabel);
  const ids = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(id => id);
  if (ids.length) texts.push(ids.map(id => element.getRootNode().getElementById?.(id)?.textContent ?? "").join(" "));
  if (element.title) texts.push(element.title);
  if (!texts.some(text => squash(text))) texts.push(neighbour(element));
  return texts;
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

// The value that stands beside its name: `<dt><dd>`, `<th><td>`, or a label that labels no control.
const valueBeside = pattern => all("dt, th, label, [role=rowheader]")
  .filter(element => !(element.control) && found(pattern, element.innerText) && element.nextElementSibling)
  .map(element => element.nextElementSibling);

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
  if (!hit || hit === element || hit.contains(element) || element.contains(hit)) return null;
  if (element.getRootNode().host === hit || [...(element.labels ?? [])].some(label => label.contains(hit))) return null;
  // Ornaments drawn into a control (an icon, a floating label) share its place; a curtain does not.
  const curtain = hit.getBoundingClientRect();
  if (element.matches(CONTROL) && curtain.width * curtain.height <= 1.5 * box.width * box.height) return null;
  return describe(hit);
};

const intoView = element => {
  const box = element.getBoundingClientRect();
  if (box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth) {
    element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  }
};

// A choice among options: of a list, or of radios that share a name.
const choose = element => {
  const same = (text, wanted) => squash(text).toLowerCase() === squash(wanted).toLowerCase();
  const holds = (text, wanted) => squash(text).toLowerCase().includes(squash(wanted).toLowerCase());
  const pick = (options, text, value) => options.find(option => same(text(option), want.option))
    ?? options.find(option => value(option) === want.option)
    ?? options.find(option => holds(text(option), want.option));
  if (element.matches("select")) {
    const option = pick([...element.options], option => option.label, option => option.value);
    if (!option || option.disabled) return { why: `it offers ${[...element.options].map(option => `"${squash(option.label)}"`).join(", ")}` };
    if (!option.selected) {
      element.focus({ preventScroll: true });
      option.selected = true;
      element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
      element.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return { chosen: true };
  }
  const input = element.matches("label") ? element.control : element;
  if (!input?.matches("input[type=radio]")) return { why: "it is neither a list nor a group of radio buttons" };
  const group = all("input[type=radio]").filter(other => other.name === input.name && other.form === input.form);
  const text = other => labels(other).join(" ");
  const radio = pick(group, text, other => other.value);
  if (!radio) return { why: `it offers ${group.map(other => `"${squash(text(other))}"`).join(", ")}` };
  if (radio.checked) return { chosen: true };
  return { element: face(radio), why: "the option is not visible" };
};

// The visible controls to type into, in the order of the page, from this one on.
const onward = element => {
  const list = [...element.getRootNode().querySelectorAll("input, select")]
    .filter(other => other.matches(FIELD) && !other.matches("input[type=radio], input[type=checkbox]") && isShown(other));
  return list.slice(list.indexOf(element));
};

const parts = (values, boxes) => values.map((value, at) => ({ element: boxes[at], value }));

// How one value is spread over several controls: an expiry over month and year, a card number or a one-time code over
// boxes of a few characters. Null when it goes into one.
const spread = element => {
  const value = want.option ?? "";
  const boxes = onward(element);
  const date = /^\s*(\d{1,2})\s*\/\s*(\d{2}(?:\d{2})?)\s*$/.exec(value);
  const isMonth = element.matches("select") || element.maxLength === 1 || element.maxLength === 2;
  if (date && isMonth && boxes.length > 1) {
    const long = boxes[1].maxLength === 4 || /yyyy|nnnn/i.test(boxes[1].placeholder ?? "");
    const year = long && date[2].length === 2 ? `20${date[2]}` : date[2];
    return parts([date[1], year], boxes);
  }
  if (!element.matches("input")) return null;
  if (date && element.maxLength === 4) return parts([date[1] + date[2].slice(-2)], [element]);
  const bare = value.replace(/[\s-]/g, "");
  if (element.maxLength > 0 && element.maxLength < bare.length && /^[\p{L}\p{N}]+$/u.test(bare)) {
    const size = element.maxLength;
    const count = Math.ceil(bare.length / size);
    if (boxes.length < count || boxes.slice(0, count).some(box => box.maxLength !== size)) return null;
    return parts(Array.from({ length: count }, (_, at) => bare.slice(at * size, (at + 1) * size)), boxes);
  }
  // Boxes of one character may say so by their looks only: as many narrow ones together as there are characters.
  const narrow = box => box.matches("input") && box.getBoundingClientRect().width < 80;
  let group = element.parentElement;
  while (group && boxes.filter(box => group.contains(box)).length < 2) group = group.parentElement;
  const together = boxes.filter(box => group?.contains(box));
  if (bare.length > 2 && together.length === bare.length && together.every(narrow)) return parts([...bare], together);
  return null;
};

// Chooses a month or a year in a list, however the list writes it: "1", "01", "24", "2024", "Tháng 1".
const chooseNumber = (list, value) => {
  const number = text => Number(/\d+/.exec(text ?? "")?.[0] ?? NaN) % 100;
  const option = [...list.options].find(option => !option.disabled && [option.value, option.label].some(text => number(text) === number(value)));
  if (!option) return false;
  option.selected = true;
  list.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  list.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
};

const usable = element => {
  if (element.matches(":disabled") || element.ariaDisabled === "true") return { state: "waiting", why: "it is disabled" };
  if (want.act === "type" && element.readOnly) return { state: "waiting", why: "it is read-only" };
  intoView(element);
  const over = cover(element);
  if (over) return { state: "waiting", why: `it is covered by ${over}` };
  const pieces = want.act === "type" ? spread(element) : null;
  if (pieces) {
    for (const part of pieces.filter(part => part.element.matches("select"))) {
      if (!chooseNumber(part.element, part.value)) return { state: "waiting", why: `${describe(part.element)} does not offer "${part.value}"` };
    }
    return { state: "ready", parts: pieces.filter(part => !part.element.matches("select")) };
  }
  if (want.act === "type" && !element.matches("select")) {
    element.focus({ preventScroll: true });
    if (element.select) element.select();
    else getSelection().selectAllChildren(element);
  }
  if (want.act === "choose" || (want.act === "type" && element.matches("select"))) {
    const choice = choose(element);
    if (choice.chosen) return { state: "done" };
    if (!choice.element) return { state: "waiting", why: choice.why };
    return { state: "ready", element: choice.element };
  }
  return { state: "ready" };
};

const textOf = element => squash(element.matches("input[type=password]") ? ""
  : element.matches("input, textarea") ? element.value
  : element.matches("select") ? element.selectedOptions[0]?.label
  : element.innerText || element.alt || "");

const hits = {};
for (const [key, locators] of Object.entries(want.fields)) {
  for (let at = 0; at < locators.length; at++) {
    const visible = candidates(locators[at]).map(element => [element, face(element)]).filter(([, shown]) => shown);
    if (visible.length <= (want.nth ?? 0)) continue;
    const [element, shown] = visible[want.nth ?? 0];
    const hit = { element: shown, at, text: textOf(shown), checked: !!(element.checked ?? element.ariaChecked === "true") };
    if (want.texts) hit.texts = visible.map(([, shown]) => textOf(shown));
    if (want.attribute) hit.attribute = element.getAttribute(want.attribute);
    if (want.act) Object.assign(hit, usable(shown));
    hits[key] = hit;
    break;
  }
}

const frames = all("iframe, frame").filter(isShown).map(element => ({ element, cover: cover(element) }));
return {
  leaving,
  hits,
  frames,
  url: location.href,
  title: document.title,
  status: performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0,
  language: document.documentElement.lang,
  words: want.words ? squash(document.body?.innerText).slice(0, want.words) : "",
};
