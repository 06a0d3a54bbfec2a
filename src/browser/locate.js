// Looks at one frame: which of the wanted fields are visible in it, which frames it holds, and what it says.
// Runs after sight.js, as the body of a function. Its argument:
//   fields  {key: [locator, …]}, see profile.rs
//   act     null | "press" | "type" | "choose" | "dismiss": also say whether the field can be used so, and ready it;
//           only what lies over the page can be dismissed
//   option  what to choose, or to type
//   nth     which of several visible matches is meant, from 0
//   texts   true: the texts of all visible matches as well
//   attribute  name of an attribute to read
//   words   how many characters of the frame's visible text to tell as well
const intoView = element => {
  const box = element.getBoundingClientRect();
  if (box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth) {
    element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  }
};

// A choice among options: of a list, of radios that share a name, or of what acts as one of them.
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
  if (element.matches("[role=radio], [role=option]")) {
    const kind = element.matches("[role=radio]") ? "radio" : "option";
    const box = element.closest("[role=radiogroup], [role=listbox]") ?? element.getRootNode();
    const options = [...box.querySelectorAll(`[role=${kind}]`)].filter(isShown);
    const option = pick(options, option => labels(option).join(" "), option => option.dataset.value);
    if (!option) return { why: `it offers ${options.map(option => `"${squash(labels(option).join(" "))}"`).join(", ")}` };
    if (option.ariaChecked === "true" || option.ariaSelected === "true") return { chosen: true };
    return { element: option };
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
  const list = [...deep(document)]
    .filter(other => other.matches("input, select") && other.matches(FIELD) && !other.matches("input[type=radio], input[type=checkbox]") && isShown(other));
  return list.slice(list.indexOf(element));
};

const parts = (values, boxes) => values.map((value, at) => ({ element: boxes[at], value }));

// How one value is spread over several controls: an expiry over month and year, a card number or a one-time code over
// boxes of a few characters. Null when it goes into one.
const spread = element => {
  const value = want.option ?? "";
  const boxes = onward(element);
  const date = /^\s*(\d{1,2})\s*\/\s*(\d{2}(?:\d{2})?)\s*$/.exec(value);
  const isMonth = element.matches("select") || element.maxLength === 1 || element.maxLength === 2
    || /^(mm|tháng|month)$/i.test(squash(element.placeholder)) || element.autocomplete === "cc-exp-month";
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
  // Boxes of one character, or of four digits, may say so by their looks only: as many narrow ones together as it takes.
  const narrow = box => box.matches("input") && box.getBoundingClientRect().width < 100;
  let group = up(element);
  while (group && boxes.filter(box => within(group, box)).length < 2) group = up(group);
  const together = boxes.filter(box => group && within(group, box));
  const size = bare.length === 16 && together.length === 4 ? 4 : 1;
  if (bare.length > 2 && together.length * size === bare.length && together.every(narrow)) {
    return parts(together.map((_, at) => bare.slice(at * size, (at + 1) * size)), together);
  }
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
  if (over) return { state: "covered", why: `it is covered by ${over}` };
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
    press();
    return { state: "ready", element: choice.element };
  }
  if (want.act === "press") press();
  return { state: "ready" };
};

const textOf = element => squash(element.matches("input[type=password]") ? ""
  : element.matches("input, textarea") ? element.value
  : element.matches("select") ? element.selectedOptions[0]?.label
  : element.innerText || element.alt || "");

// Whether an element lies over the page rather than in it: what a banner or a dialogue does.
const floats = element => {
  for (let box = element; box && !box.matches("body, html"); box = up(box)) {
    if (box.matches("dialog, [role=dialog], [role=alertdialog], [popover]") || /^(fixed|absolute|sticky)$/.test(getComputedStyle(box).position)) return true;
  }
  return false;
};

const hits = {};
for (const [key, locators] of Object.entries(want.fields)) {
  for (let at = 0; at < locators.length; at++) {
    const visible = candidates(locators[at]).map(element => [element, face(element)]).filter(([, shown]) => shown && (want.act !== "dismiss" || floats(shown)));
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
  words: want.words ? visibleWords().slice(0, want.words) : "",
};
