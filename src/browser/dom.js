// The document of one frame as HTML, shadow roots included, without what was or may be typed into its fields and
// without card numbers. Runs as the body of a function.
const CARD = /(?<![\p{L}\p{N}])\d(?:[ \u00a0.\-]?\d){12,18}(?![\p{L}\p{N}])/gu;
const HIDDEN = "•••";
const INLINE = "a, abbr, b, bdi, bdo, cite, code, data, em, font, i, kbd, label, mark, output, q, s, samp, small, span, strong, sub, sup, time, tt, u, var";
const roots = [];
const gather = root => {
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) {
      roots.push(element.shadowRoot);
      gather(element.shadowRoot);
    }
  }
};
gather(document);
const page = document.implementation.createHTMLDocument("");
const source = document.documentElement;
let copy;
try {
  // Parsed and not run: the copy has no scripts, no requests and no effect on the page.
  const html = source.getHTML ? source.getHTML({ shadowRoots: roots }) : source.innerHTML;
  copy = new DOMParser().parseFromString(`<!doctype html>${html}`, "text/html").documentElement;
} catch {
  // The page forbids parsing text (Trusted Types): a copy of the nodes lacks the shadow roots only.
  copy = page.importNode(source, true);
}
const clean = root => {
  for (const element of root.querySelectorAll("*")) {
    if (element.localName === "template") clean(element.content);
    if (element.matches("input:not([type=submit], [type=button], [type=reset], [type=checkbox], [type=radio])") && element.getAttribute("value")) {
      element.setAttribute("value", HIDDEN);
    }
    if (element.matches("textarea") && element.textContent) element.textContent = HIDDEN;
    // The driver's own mark on a frame it entered.
    element.removeAttribute("cd_frame_id_");
    for (const attribute of element.attributes) {
      if (CARD.test(attribute.value)) attribute.value = attribute.value.replace(CARD, HIDDEN);
      CARD.lastIndex = 0;
    }
  }
  // A number may be spread over inline elements ("5200 <b>0000</b> …"), so their texts are searched as one.
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
  const blocks = new Map();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let block = node.parentNode;
    while (block?.matches?.(INLINE)) block = block.parentNode;
    if (!blocks.has(block)) blocks.set(block, []);
    blocks.get(block).push(node);
  }
  for (const nodes of blocks.values()) {
    const text = nodes.map(node => node.data).join("");
    const masked = text.replace(CARD, number => number.replace(/\d/g, "•"));
    if (masked === text) continue;
    let offset = 0;
    for (const node of nodes) node.data = masked.slice(offset, (offset += node.length));
  }
};
clean(copy);
return copy.outerHTML;
