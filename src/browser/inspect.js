// Tells what one frame shows: its fields and buttons as the profile's locators see them. Runs after sight.js, as the body
// of a function. Its argument:
//   fields  {key: [locator, …]}: every entry of the profile
// Nothing that was typed is told, and no run of digits that could be a card number.
const CARD = /(?<![\p{L}\p{N}])\d(?:[ \u00a0.\-]?\d){12,18}(?![\p{L}\p{N}])/gu;
const MOST = 200;
const tell = text => squash(text).replace(CARD, "•••").slice(0, 120);
const attribute = (element, name) => tell(element.getAttribute(name));

// What acts as a button, and no second time what lies inside one.
const pointing = element => getComputedStyle(element).cursor === "pointer" && element.childElementCount < 3 && /\p{L}/u.test(element.innerText ?? "");
const inner = (element, list) => list.some(other => other !== element && within(other, element));
const fields = all(FIELD).filter(face);
const labelled = new Set(fields.flatMap(field => [...(field.labels ?? [])]));
const stated = all(`${BUTTON}, [onclick], [tabindex='0']`).filter(element => isShown(element) && !element.matches(FIELD));
const implied = all("body *").filter(element => !element.matches(`${FIELD}, ${SILENT}`) && isShown(element) && pointing(element));
const buttons = [...new Set([...stated, ...implied])]
  .filter(element => buttonText(element) && !labelled.has(element) && !inner(element, [...labelled]))
  .filter((element, _, list) => !inner(element, list));

// Which entry of the profile takes which element: by its first locator that finds something visible, the first of those.
const taken = new Map();
for (const [field, locators] of Object.entries(want.fields)) {
  for (let at = 0; at < locators.length; at++) {
    const element = candidates(locators[at]).find(face);
    if (!element) continue;
    if (!taken.has(element)) taken.set(element, []);
    taken.get(element).push({ field, at });
    break;
  }
}
const matches = element => [...taken].filter(([other]) => other === element || (within(element, other) && !fields.includes(other)))
  .flatMap(([, entries]) => entries);

const name = element => tell(labels(element).find(text => squash(text)));
const field = element => ({
  kind: "field",
  type: element.matches("input") ? element.type : element.matches("select, textarea") ? element.localName : element.getAttribute("role") ?? "text",
  label: name(element),
  text: "",
  placeholder: tell(element.getAttribute("placeholder") ?? element.getAttribute("aria-placeholder")),
  options: element.matches("select") ? [...element.options].slice(0, 8).map(option => tell(option.label)) : [],
});
const button = element => ({
  kind: "button",
  type: element.matches("input") ? `input ${element.type}` : element.getAttribute("role") ? `${element.localName} role=${element.getAttribute("role")}` : element.localName,
  label: "",
  text: tell(buttonText(element)),
  placeholder: "",
  options: [],
});
const text = element => ({ kind: "text", type: element.localName, label: "", text: "", placeholder: "", options: [] });
const others = [...taken.keys()].filter(element => !fields.includes(element) && !buttons.some(button => within(button, element) || within(element, button)));
const entry = (element, told) => ({
  ...told,
  id: attribute(element, "id"),
  name: attribute(element, "name"),
  autocomplete: attribute(element, "autocomplete"),
  shadow: element.getRootNode() !== document,
  disabled: element.matches(":disabled") || element.ariaDisabled === "true",
  covered: cover(face(element) ?? element) ?? "",
  matches: matches(element),
});
const place = new Map([...deep(document)].map((element, at) => [element, at]));
const listed = [...fields.map(element => [element, field]), ...buttons.map(element => [element, button]), ...others.map(element => [element, text])]
  .sort(([a], [b]) => place.get(a) - place.get(b));
return {
  url: location.href,
  title: tell(document.title),
  loaded: document.readyState === "complete" && !leaving,
  words: tell(visibleWords()),
  more: Math.max(0, listed.length - MOST),
  elements: listed.slice(0, MOST).map(([element, how]) => entry(element, how(element))),
};
