// Covers what a screenshot must not show in one frame: filled fields, and runs of digits that look like a card number.
// Runs as the body of a function with a callback; calls back once the covers are painted, with their number and the
// visible frames inside this one. With the argument false it takes the covers away.
const [on, callback] = [arguments[0], arguments[arguments.length - 1]];
const MARK = "data-conformance-cover";
const roots = [document];
for (let at = 0; at < roots.length; at++) {
  for (const element of roots[at].querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
}
for (const old of document.querySelectorAll(`[${MARK}]`)) old.remove();
if (!on) return callback(null);
const frames = roots.flatMap(root => [...root.querySelectorAll("iframe, frame")]).filter(frame => {
  const box = frame.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && frame.checkVisibility();
});
const done = covers => callback({ covers, frames });

const CARD = /(?<![\p{L}\p{N}])\d(?:[ \u00a0.\-]?\d){12,18}(?![\p{L}\p{N}])/gu;
const boxes = [];
for (const root of roots) {
  for (const field of root.querySelectorAll("input, textarea, select, [contenteditable=''], [contenteditable=true]")) {
    if (field.matches("input[type=submit], input[type=button], input[type=reset], input[type=image], input[type=checkbox], input[type=radio], input[type=range], input[type=color], input[type=hidden]")) continue;
    const secret = /^cc-|one-time-code|password/.test(field.autocomplete ?? "");
    if (field.matches("select") && !secret && field.selectedOptions[0]?.defaultSelected !== false) continue;
    if (!(field.isContentEditable ? field.innerText.trim() : field.value)) continue;
    boxes.push(field.getBoundingClientRect());
  }
  // A number may be spread over neighbouring elements ("5200 <b>0000</b> …"), so blocks of text are searched, not nodes.
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const blocks = new Map();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let block = node.parentElement;
    if (block?.closest("script, style, noscript, textarea")) continue;
    while (block?.parentElement && /^inline/.test(getComputedStyle(block).display)) block = block.parentElement;
    if (!blocks.has(block)) blocks.set(block, []);
    blocks.get(block).push(node);
  }
  for (const nodes of blocks.values()) {
    const text = nodes.map(node => node.data).join("");
    for (const match of text.matchAll(CARD)) {
      const range = document.createRange();
      const place = offset => {
        for (const node of nodes) {
          if (offset <= node.length) return [node, offset];
          offset -= node.length;
        }
      };
      range.setStart(...place(match.index));
      range.setEnd(...place(match.index + match[0].length));
      boxes.push(...range.getClientRects());
    }
  }
}
const visible = boxes.filter(box => box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth);
if (!visible.length) return done(0);

const style = (element, rules) => {
  for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value, "important");
};
const layer = document.createElement("div");
layer.setAttribute(MARK, "");
style(layer, {
  position: "fixed", inset: "0", width: "100%", height: "100%", "max-width": "none", "max-height": "none", margin: "0",
  padding: "0", border: "0", background: "none", overflow: "visible", "pointer-events": "none", "z-index": "2147483647",
  display: "block", opacity: "1", visibility: "visible", transform: "none", filter: "none",
});
document.documentElement.append(layer);
// The top layer lies above modal dialogs, too.
if (layer.showPopover) {
  layer.popover = "manual";
  layer.showPopover();
}
// The layer's own corner is the origin, should the page have moved it.
const origin = layer.getBoundingClientRect();
for (const box of visible) {
  const cover = document.createElement("div");
  style(cover, {
    position: "absolute", left: `${box.left - origin.left}px`, top: `${box.top - origin.top}px`, width: `${box.width}px`,
    height: `${box.height}px`, background: "#334155", display: "block", opacity: "1", "pointer-events": "none",
  });
  layer.append(cover);
}
const painted = () => done(visible.length);
const late = setTimeout(painted, 200);
requestAnimationFrame(() => requestAnimationFrame(() => {
  clearTimeout(late);
  painted();
}));
