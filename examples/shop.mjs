// A small shop with one article that is paid through PortOne's SmartPay channel. Node 18 or newer, no packages.
//
//   PORTONE_KEY=… PORTONE_SECRET=… SHOP_OPERATOR_TOKEN=… node shop.mjs --listen 127.0.0.1:8080
//
// It keeps everything in memory. Who refunds needs SHOP_OPERATOR_TOKEN, one for all operators; the other paths below /api/ ask for
// nothing and belong behind the login of those who may see orders, and TLS and limits of connections into the proxy before it.

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const CHANNEL = "SMARTPAY";
const CURRENCY = "VND";
const METHODS = ["SMARTPAY_CREDIT_CARD", "SMARTPAY_QR", "SMARTPAY_ATM_CARD"];
const ENVIRONMENT = "sandbox"; // "live" once the integration test plan is passed
const MAX_AMOUNT = 9_999_999_999_999;
const MAX_BODY = 64 * 1024;
const MAX_ANSWER = 1024 * 1024;
const MAX_CARTS = 20_000;
const MAX_ORDERS = 100_000;
const TIMEOUT = 5_000; // of a whole call to PortOne
const HOUR = 3_600_000;

function stop(why) {
  console.error(`The shop does not start: ${why}`);
  process.exit(2);
}

function webAddress(name, fallback) {
  const address = process.env[name] || fallback;
  try {
    if (!["http:", "https:"].includes(new URL(address).protocol)) throw new Error("another scheme");
  } catch {
    stop(`${name} must be a web address`);
  }
  return address.replace(/\/+$/, "");
}

let listen = "127.0.0.1:8080";
for (let rest = process.argv.slice(2); rest.length; rest = rest.slice(2)) {
  if (rest[0] !== "--listen" || !rest[1]) stop(`there is no argument ${rest[0]}: --listen HOST:PORT`);
  listen = rest[1];
}
const [, host, port] = listen.match(/^\[?(.+?)\]?:(\d+)$/) ?? stop("--listen needs HOST:PORT");
const KEY = process.env.PORTONE_KEY || stop("PORTONE_KEY is not set");
const SECRET = process.env.PORTONE_SECRET || stop("PORTONE_SECRET is not set");
const API = webAddress("PORTONE_BASE_URL", "https://api.portone.cloud");
const SDK = webAddress("PORTONE_SDK_URL", "https://static.portone.cloud/portone.js");
let SHOP = process.env.SHOP_URL ? webAddress("SHOP_URL", "") : "";
const OPERATOR_TOKEN = process.env.SHOP_OPERATOR_TOKEN || ""; // without one nobody refunds

const log = (...words) => console.error(new Date().toISOString(), ...words.map((word) => JSON.stringify(word)));
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---- signatures and calls ----

// What goes into a signature: letters, digits and -_.~ stand for themselves, a space is +, every other byte is %XX. The vendor's samples
// disagree here, its Node sample too; this is its Go sample, by which PortOne itself signs and verifies.
const escapePath = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
const escapeForm = (text) => escapePath(text).replaceAll("%20", "+");

// "Payment Request", "Payment Webhook Response", "Redirection Response": the pages say SHA-256, their code is an HMAC with the
// merchant's secret, in base64, over the form-encoded fields in the order of their names.
function sign(fields) {
  const pairs = Object.keys(fields).sort().map((name) => `${name}=${escapeForm(fields[name])}`);
  return createHmac("sha256", SECRET).update(pairs.join("&")).digest("base64");
}

function verifies(fields, signature) {
  const [right, said] = [Buffer.from(sign(fields)), Buffer.from(String(signature))];
  return right.length === said.length && timingSafeEqual(right, said);
}

// A token for one use ("JWT authentication"): it lives 100 seconds.
function token() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iss: "PORTONE", sub: KEY, iat: now, exp: now + 100 })}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

// Why a call came to nothing: "not sent" (nothing happened), "unclear" (nobody knows) or "refused", with PortOne's status_code.
class Failure extends Error {
  constructor(kind, message, code = "") {
    super(message);
    Object.assign(this, { kind, code });
  }
}

async function call(method, path, body, authorised = true) {
  const headers = { "Content-Type": "application/json", "X-Portone-Client-Key": KEY };
  if (authorised) headers.Authorization = `Bearer ${token()}`;
  let response, answer;
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    response = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), redirect: "error", signal });
    const chunks = [];
    let length = 0;
    for await (const chunk of response.body) {
      if ((length += chunk.length) > MAX_ANSWER) throw new Error("the answer is too long");
      chunks.push(chunk);
    }
    answer = JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    const cause = error.cause?.code ?? "";
    throw new Failure(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(cause) ? "not sent" : "unclear", `${error.message} ${cause}`);
  }
  if (response.ok) return answer ?? {};
  if (response.status < 500) throw new Failure("refused", String(answer?.message), String(answer?.status_code));
  throw new Failure("unclear", `status ${response.status}`);
}

// The signed request for a payment ("Initiate Payment"), as the API takes it and the SDK too. The addresses of return name the order,
// so that the redirect of another one is noticed.
function payload(order) {
  const back = (page) => `${SHOP}/return/${page}?shop_order=${escapeForm(order.id)}`;
  const signed = {
    amount: order.amount,
    client_key: KEY,
    currency: CURRENCY,
    failure_url: back("failure"),
    merchant_order_id: order.id,
    success_url: back("success"),
  };
  return {
    key: KEY,
    merchant_order_id: order.id,
    pmt_channel: CHANNEL,
    pmt_method: order.method,
    description: order.description,
    environment: ENVIRONMENT,
    amount: order.amount,
    currency: CURRENCY,
    signature_hash: sign(signed),
    success_url: signed.success_url,
    failure_url: signed.failure_url,
    pending_url: back("pending"),
  };
}

// ---- the books ----

const refuse = (message, status = 409) => Object.assign(new Error(message), { status });

// Nothing below waits between looking at an order and changing it, so that whatever arrives twice or at the same moment is booked
// once. A real shop has a database with a transaction here.
const orders = new Map();
const references = new Map(); // PortOne's reference of an order → order
const carts = new Map();

function purchase(amount, method, id, description = "Coffee beans") {
  const bytes = (text) => Buffer.byteLength(text);
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > MAX_AMOUNT) throw new Error("amount must be a whole number of VND, from 1 to 9999999999999");
  if (!METHODS.includes(method)) throw new Error(`method must be one of ${METHODS.join(", ")}`);
  // "." and ".." would be lost in the path of an address, and half a letter in its signature.
  const nameable = (id) => typeof id === "string" && id && bytes(id) <= 512 && id !== "." && id !== ".." && !/\p{Surrogate}/u.test(id);
  if (id !== undefined && !nameable(id)) throw new Error("id must have 1 to 512 bytes and be no dots");
  if (typeof description !== "string" || !description || bytes(description) > 1024) throw new Error("description must have 1 to 1024 bytes");
  return { amount, method, id, description };
}

const unguessable = () => randomBytes(18).toString("base64url");

function newCart(bought) {
  if (carts.size >= MAX_CARTS) carts.delete(carts.keys().next().value);
  const cart = { token: unguessable(), bought, order: undefined };
  carts.set(cart.token, cart);
  return cart;
}

// It is in the books before PortOne hears of it: a webhook may be faster than PortOne's answer.
function newOrder({ amount, method, id = `COFFEE-${unguessable()}`, description }, inSdk = false) {
  if (orders.size >= MAX_ORDERS) throw refuse("no more orders are taken", 503);
  if (orders.has(id)) throw refuse("there is an order with this id");
  const order = {
    id, amount, method, description, inSdk, state: "PENDING", orderRef: "", message: "", page: undefined,
    refunded: 0, refundWaits: 0, refundUnclear: false, refundWatched: false, refundHinted: false, refundTurn: Promise.resolve(),
    created: Date.now(),
  };
  orders.set(id, order);
  return order;
}

// The one order of a cart. Who asks PortOne for its payment, the shop or the SDK in the browser, is settled with it: PortOne takes an id
// once. The same purchase under the same name is the same order, also from a cart of its own.
function orderOfCart(token, inSdk) {
  const cart = carts.get(token);
  if (!cart) throw refuse("there is no such cart any more", 404);
  const { amount, method, id } = cart.bought;
  const same = orders.get(id);
  cart.order ??= same?.amount === amount && same.method === method ? same : newOrder(cart.bought, inSdk);
  if (cart.order.state === "PENDING" && cart.order.inSdk !== inSdk) throw refuse("this order is being paid in another way");
  return cart.order;
}

function statusOf(order) {
  if (order.state !== "PAID" || order.refunded === 0) return order.state;
  return order.refunded < order.amount ? "PARTLY_REFUNDED" : "REFUNDED";
}

const told = (order) => ({ id: order.id, amount: order.amount, currency: CURRENCY, status: statusOf(order), refunded: order.refunded });

const fits = (order, report) =>
  report.merchant_order_ref === order.id && report.order_ref !== "" && (!order.orderRef || report.order_ref === order.orderRef) &&
  report.amount === order.amount && report.currency === CURRENCY && report.channel_key === CHANNEL;

const DECIDED = new Map([["Success", "PAID"], ["Failed", "FAILED"], ["Expired", "FAILED"]]);

// Books how a payment stands; true if PortOne's API has to be asked. A final state stays, except that the API may say of a failed
// payment that it was made after all.
function book(report, byApi) {
  const order = orders.get(report.merchant_order_ref);
  if (!order || !fits(order, report)) {
    log("of no order as it is in the books", report.merchant_order_ref);
    return false;
  }
  const state = DECIDED.get(report.status);
  if (order.state === state) return false;
  if (!state) return order.state === "PENDING";
  if (order.state === "PAID" || (order.state === "FAILED" && !byApi)) return true;
  Object.assign(order, { state, orderRef: report.order_ref, message: String(report.status_channel_reason ?? "") });
  references.set(order.orderRef, order);
  log("booked", order.id, state, byApi ? "API" : "webhook");
  return false;
}

// Books what PortOne says of an order's refunds, also of those that somebody else asked for. A word that nobody knows waits.
function bookRefunds(order, { refundDetails }) {
  const sum = (wanted) => Math.round(refundDetails.filter(wanted).reduce((sum, refund) => sum + Number(refund.amount), 0));
  order.refunded = Math.min(sum((refund) => refund.refund_status === "SUCCESS"), order.amount);
  order.refundWaits = sum((refund) => !["SUCCESS", "FAILED"].includes(refund.refund_status));
  order.refundUnclear = false;
}

// ---- what the shop does about its orders ----

// Where an order is paid. Whoever asks first asks PortOne, the others wait for that answer.
function paymentPage(order) {
  order.page ??= (async () => {
    try {
      const answer = await call("POST", "/api/initiatePayment", payload(order), false);
      const page = new URL(answer.redirect_url);
      if (!["http:", "https:"].includes(page.protocol) || !answer.order_ref) throw new Failure("unclear", "no address of a page");
      order.orderRef ||= String(answer.order_ref);
      references.set(order.orderRef, order);
      watchPayment(order);
      return page.href;
    } catch (error) {
      giveUp(order, error);
      throw error;
    }
  })();
  return order.page;
}

// The order has no page on which it could be paid. Its cart can be made another order of.
function giveUp(order, failure) {
  log("no payment page", order.id, failure.message);
  // Otherwise PortOne may have the order, but nobody the address of its page: it runs out there, and then here.
  if (["not sent", "refused"].includes(failure.kind)) orders.delete(order.id);
  else watchPayment(order);
  for (const cart of carts.values()) if (cart.order === order) cart.order = undefined;
}

// Asks PortOne how a payment stands ("Get Transaction Status"), and books it. PortOne does not know it before the payer of an embedded
// checkout pressed the button. A status has no amount: one that decides something is looked up in the details, which do.
async function ask(order) {
  try {
    const { content } = await call("GET", `/api/transaction/${escapePath(order.id)}/status`);
    if (!DECIDED.has(content?.status)) return;
    const details = await call("POST", `/api/${escapePath(KEY)}/transaction-details`, { order_ref: content.order_ref });
    book(details.content, true);
  } catch (error) {
    if (error.code !== "4096") log("no answer", order.id, error.message);
  }
}

// Asks until the payment is decided, for an hour: a webhook may never come.
async function watchPayment(order) {
  for (let pause = 1000; ; pause = Math.min(pause * 1.5, 5000)) {
    await sleep(pause);
    if (order.state !== "PENDING" || Date.now() - order.created > HOUR) return;
    await ask(order);
  }
}

// About the refunds of an order PortOne is asked one thing after the other: an older answer never covers a newer one.
function inRefundTurn(order, work) {
  const done = order.refundTurn.then(work);
  order.refundTurn = done.catch(() => {});
  return done;
}

function refund(order, part) {
  return inRefundTurn(order, async () => {
    if (order.state !== "PAID") throw refuse("the order is not paid");
    if (order.refundUnclear) throw refuse("another refund of the order is under way");
    const remains = order.amount - order.refunded - order.refundWaits;
    const amount = part ?? remains;
    if (amount < 1 || amount > remains) throw refuse("that is more than what remains");
    try {
      bookRefunds(order, await call("POST", `/api/refund/${escapePath(order.orderRef)}`, {
        amount, channel: CHANNEL, description: "Refund by the shop", environment: ENVIRONMENT,
        refund_type: part === undefined ? "full" : "partial", refund_reason: "Requested by the shop",
      }));
    } catch (error) {
      log("no refund", order.id, error.message);
      if (error.kind === "refused") throw refuse("PortOne does not refund this");
      if (error.kind === "not sent") throw refuse("PortOne cannot be reached", 502);
      // It may have been refunded: no other refund begins until PortOne has said what there is.
      order.refundUnclear = true;
      throw refuse("PortOne cannot be reached; what became of the refund will be asked for", 502);
    } finally {
      watchRefunds(order);
    }
  });
}

// Somebody without a signature says that something became of a refund: a flood of such hints is one question.
function askRefunds(order) {
  if (order.refundHinted) return undefined;
  order.refundHinted = true;
  return inRefundTurn(order, async () => {
    order.refundHinted = false;
    try {
      bookRefunds(order, await call("GET", `/api/refund/${escapePath(order.orderRef)}`));
    } catch (error) {
      log("no answer", order.id, error.message);
    }
  });
}

const waitsForRefund = (order) => order.refundUnclear || order.refundWaits > 0;

// Asks until no refund waits any more: after an hour each minute, as a queued one waits for a person. One such watch at a time.
async function watchRefunds(order) {
  if (order.refundWatched) return;
  order.refundWatched = true;
  const began = Date.now();
  for (let pause = 1000; waitsForRefund(order); pause = Math.min(pause * 1.5, Date.now() - began < HOUR ? 5000 : 60_000)) {
    await sleep(pause);
    await askRefunds(order);
  }
  order.refundWatched = false;
}

// ---- what comes in from PortOne, or from anybody who says so ----

// Answered at once, PortOne is asked afterwards. 200 also for what is of no use: sending it again would not help.
function webhook(body) {
  let said;
  try {
    said = JSON.parse(body);
  } catch {}
  if (said === null || typeof said !== "object" || Array.isArray(said)) return text(400, "this is no JSON object");
  // The refund webhook ("Refund Webhook Response") carries no signature, so anybody may have written it: PortOne is asked, and believed.
  if ("payment_txn_ref" in said && !("signature_hash" in said)) {
    const order = references.get(said.payment_txn_ref);
    if (order) askRefunds(order)?.then(() => watchRefunds(order));
    return text(200, "ok");
  }
  const { amount, channel_key, channel_order_ref, country_code, currency, merchant_order_ref, method_name, order_ref, status } = said;
  const signed = { amount, channel_key, channel_order_ref, country_code, currency, merchant_order_ref, method_name, order_ref, status };
  const { amount: _, ...words } = signed;
  if (typeof amount !== "number" || !Object.values(words).every((word) => typeof word === "string")) return text(400, "this is no payment webhook");
  if (!verifies(signed, said.signature_hash)) return text(401, "the signature is not valid");
  if (book(said, false)) ask(orders.get(merchant_order_ref));
  return text(200, "ok");
}

// The query of a redirect ("Redirection Response"). A PSP's own parameters may be passed through, so a name can be there twice: then
// nobody knows which one was signed, and it has no value. It is no more than a reason to ask PortOne.
async function back(query) {
  const once = (name) => (query.getAll(name).length === 1 ? query.get(name) : undefined);
  const signed = {};
  for (const name of ["channel_order_ref", "merchant_order_ref", "order_ref", "status"]) signed[name] = once(name);
  const whole = Object.values(signed).every((value) => value !== undefined);
  const order = whole && verifies(signed, once("signature_hash")) ? orders.get(signed.merchant_order_ref) : undefined;
  const fits =
    order && query.getAll("shop_order").every((id) => id === order.id) && (!order.orderRef || signed.order_ref === order.orderRef) &&
    // Not signed, though the vendor says to compare them.
    once("amount") === String(order.amount) && once("currency") === CURRENCY;
  if (!fits) {
    return page(400, "We could not confirm your payment",
      `<p class="state">Nothing was changed. If you paid, your order will say so within minutes.</p>`);
  }
  if (order.state !== "PAID") await ask(order);
  return orderPage(order);
}

// ---- pages ----

const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
const money = (amount) => `${String(amount).replace(/\B(?=(\d{3})+$)/g, ".")} ₫`;
const text = (status, body, type = "text/plain; charset=utf-8") => ({ status, body, type });
const json = (status, value) => text(status, JSON.stringify(value), "application/json");
const seeOther = (location) => ({ status: 303, body: "", type: "text/plain", location });

function page(status, title, main, policy = "") {
  const body =
    `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${title}</title></head><body><main><h1>${title}</h1>\n${main}\n</main></body></html>\n`;
  return { ...text(status, body, "text/html; charset=utf-8"), policy };
}

const problem = (status, title, why) => page(status, title, `<p role="alert">${escapeHtml(why)}</p>`);
const notFound = () => problem(404, "Not found", "There is no such page.");

// Opening the page makes a cart; its token moves into the address, so that coming back, reloading and a second tab are the same cart.
function checkout(path, query) {
  const token = query.get("cart");
  if (token === null) {
    const written = query.get("amount") ?? "";
    let bought;
    try {
      bought = purchase(/^\d+$/.test(written) ? Number(written) : 0, query.get("method"), query.get("id") || undefined);
    } catch (error) {
      return problem(400, "This cannot be bought", error.message);
    }
    return seeOther(`${path}?cart=${newCart(bought).token}`);
  }
  const cart = carts.get(token);
  if (!cart) return notFound();
  const { description, amount, method } = cart.bought;
  const embedded = path === "/embedded";
  const main =
    `<dl><dt>Article</dt><dd>${escapeHtml(description)}</dd><dt>Amount</dt><dd class="amount">${money(amount)}</dd>` +
    `<dt>Method</dt><dd>${method}</dd></dl><form ${embedded ? `id="embedded"` : `method="post" action="/checkout"`}>` +
    `<input type="hidden" name="cart" value="${escapeHtml(token)}"><button type="submit" id="pay">Pay now</button></form>`;
  if (!embedded) return page(200, "Checkout", main);
  // What the SDK needs: itself, and the API beside it (static.portone.cloud calls api.portone.cloud).
  const [sdk, api] = [new URL(SDK).origin, new URL(API).origin];
  const policy = `; script-src 'self' ${sdk}; connect-src 'self' ${sdk} ${sdk.replace("://static.", "://api.")} ${api}`;
  const scripts = `<script src="${escapeHtml(SDK)}"></script><script src="/embedded.js"></script>`;
  return page(200, "Checkout", `${main}<p id="problem" role="alert" hidden></p><div id="portone-container"></div>${scripts}`, policy);
}

// The embedded checkout ("Web SDK"): the shop signs, the SDK asks PortOne for the payment and goes to its page. Of an order there is one
// payment: PortOne takes its id once, and its page is remembered in the browser for the next press.
const EMBEDDED = `"use strict";
const form = document.getElementById("embedded");
const button = document.getElementById("pay");
const problem = document.getElementById("problem");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.hidden = true;
  const cart = form.elements.cart.value;
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/embedded/pay", { method: "POST", headers, body: JSON.stringify({ cart }) });
    const order = await answer.json();
    if (!answer.ok) throw new Error(order.error);
    const page = order.page || localStorage.getItem("payment " + cart);
    if (page) return void location.assign(page);
    const portone = new window.PortOne({ portOneKey: order.portOneKey, jwtToken: order.jwtToken });
    const initiated = await portone.paymentService.payment(order.payload);
    if (initiated?.redirect_url) localStorage.setItem("payment " + cart, initiated.redirect_url);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    button.disabled = false;
  }
});
window.addEventListener("pageshow", () => (button.disabled = false));
`;

function orderPage(order) {
  const words = {
    PENDING: "Waiting for the payment",
    FAILED: "The payment failed",
    PAID: "Paid",
    PARTLY_REFUNDED: `Partly refunded: ${money(order.refunded)} of ${money(order.amount)}`,
    REFUNDED: "Refunded",
  };
  const state = words[statusOf(order)] + (waitsForRefund(order) ? " – refund pending" : "");
  const message = order.state === "FAILED" && order.message ? `<p class="message">${escapeHtml(order.message)}</p>` : "";
  const again = order.state === "PENDING" ? `<p><a href="/orders/${escapePath(order.id)}">Look again</a></p>` : "";
  return page(200, "Your order",
    `<dl><dt>Order</dt><dd class="order">${escapeHtml(order.id)}</dd><dt>Article</dt><dd>${escapeHtml(order.description)}</dd>` +
    `<dt>Amount</dt><dd class="amount">${money(order.amount)}</dd></dl>\n<p class="state">${state}</p>${message}${again}`);
}

// ---- the interface ----

// What PortOne answered is in the log, not on the page.
function notBegun(error) {
  if (error.status) return [error.status, error.message];
  if (error.code === "4002") return [409, "PortOne knows an order with this id"];
  return [502, error.kind === "refused" ? "PortOne does not take this order" : "PortOne cannot be reached, please try again"];
}

function parsed(body) {
  try {
    const value = JSON.parse(body || "{}");
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const orderAddress = (order) => `/orders/${escapePath(order.id)}`;

async function press(body) {
  try {
    const order = orderOfCart(new URLSearchParams(body).get("cart"), false);
    return seeOther(order.state === "PENDING" ? await paymentPage(order) : orderAddress(order));
  } catch (error) {
    return problem(notBegun(error)[0], "The payment could not be begun", notBegun(error)[1]);
  }
}

// What the SDK sends to PortOne, signed here, with a token that dies soon. Until then it opens the whole API to whoever reads it in the
// browser, which is why the books believe the details of a transaction and no status alone.
function pressEmbedded(body) {
  try {
    const cart = parsed(body)?.cart;
    const begun = carts.get(cart)?.order;
    const order = orderOfCart(cart, true);
    if (order.state !== "PENDING") return json(200, { page: orderAddress(order) });
    if (!begun) watchPayment(order);
    return json(200, { portOneKey: KEY, jwtToken: token(), payload: payload(order) });
  } catch (error) {
    return json(notBegun(error)[0], { error: notBegun(error)[1] });
  }
}

async function createOrder(body) {
  const asked = parsed(body);
  let bought;
  try {
    bought = purchase(asked?.amount, asked?.method, asked?.id ?? undefined, asked?.description ?? undefined);
  } catch (error) {
    return json(400, { error: error.message });
  }
  try {
    const order = newOrder(bought);
    return json(201, { redirect_url: await paymentPage(order), id: order.id });
  } catch (error) {
    return json(notBegun(error)[0], { error: notBegun(error)[1] });
  }
}

// Why somebody is no operator, or nothing. Where no token is set nobody has it, rather than everybody.
function noOperator(authorization = "") {
  if (!OPERATOR_TOKEN) return json(403, { error: "refunds need SHOP_OPERATOR_TOKEN" });
  const [, said] = authorization.match(/^Bearer +(.+)$/i) ?? [];
  // Compared in constant time, for which both must have the same length. A header's letters are bytes.
  const digest = (bytes) => createHash("sha256").update(bytes).digest();
  if (said && timingSafeEqual(digest(Buffer.from(said, "latin1")), digest(OPERATOR_TOKEN))) return undefined;
  return { ...json(401, { error: "refunds are for operators only" }), challenge: "Bearer" };
}

async function refundOrder(order, body) {
  const asked = parsed(body);
  const part = asked?.amount ?? undefined;
  if (!asked || (part !== undefined && (!Number.isSafeInteger(part) || part < 1))) return json(400, { error: "amount must be a whole number of VND, or absent" });
  try {
    await refund(order, part);
    return json(202, told(order));
  } catch (error) {
    return json(error.status ?? 502, { error: error.message });
  }
}

async function answer(method, path, query, body, authorization) {
  const [, place, rest] = path.match(/^(\/api\/orders\/|\/orders\/)(.+)$/) ?? [];
  const refunds = place === "/api/orders/" && method === "POST" && rest.endsWith("/refunds");
  const refused = refunds && noOperator(authorization);
  if (refused) return refused;
  if (place) {
    const order = orders.get(decodeURIComponent(refunds ? rest.slice(0, -"/refunds".length) : rest));
    if (place === "/orders/" && method === "GET") return order ? orderPage(order) : notFound();
    if (!order) return json(404, { error: "there is no such order" });
    if (refunds) return refundOrder(order, body);
    if (method === "GET") return json(200, told(order));
  }
  switch (`${method} ${path}`) {
    case "GET /health": return text(200, "ok");
    case "GET /favicon.ico": return text(204, "");
    case "GET /checkout":
    case "GET /embedded": return checkout(path, query);
    case "GET /embedded.js": return text(200, EMBEDDED, "text/javascript; charset=utf-8");
    case "POST /checkout": return press(body);
    case "POST /embedded/pay": return pressEmbedded(body);
    case "GET /return/success":
    case "GET /return/failure":
    case "GET /return/pending": return back(query);
    case "POST /api/orders": return createOrder(body);
    case "POST /webhooks/portone": return webhook(body);
    default: return notFound();
  }
}

// The body of a request; undefined if it is too large. The rest of that is not kept.
async function received(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
    if (length > 16 * MAX_BODY) break;
  }
  return length <= MAX_BODY ? Buffer.concat(chunks).toString() : undefined;
}

// Refuses what a page of another site has a visitor's browser send. PortOne's servers are no pages.
function fromElsewhere({ method, headers, url }) {
  const own = [`http://${headers.host}`, `https://${headers.host}`];
  return method === "POST" && !url.startsWith("/webhooks/") && headers.origin !== undefined && !own.includes(headers.origin);
}

async function serve(request, response) {
  let said;
  try {
    const body = await received(request);
    const url = new URL(request.url, "http://shop");
    if (fromElsewhere(request)) said = json(403, { error: "this is not for pages of other sites" });
    else if (body === undefined) said = json(413, { error: "this is too large" });
    else said = await answer(request.method, url.pathname, url.searchParams, body, request.headers.authorization);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    log("a request could not be answered", error.message);
    said = error instanceof URIError || error.code === "ERR_INVALID_URL" ? text(400, "this is no address") : text(500, "this went wrong");
  }
  response.writeHead(said.status, {
    "Content-Type": said.type,
    "Content-Security-Policy": `default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'${said.policy ?? ""}`,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    // The address of a cart is nobody else's.
    "Referrer-Policy": "same-origin",
    ...(said.location && { Location: said.location }),
    ...(said.challenge && { "WWW-Authenticate": said.challenge }),
    ...(said.status === 413 && { Connection: "close" }),
  });
  response.end(said.body);
}

const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
  serve(request, response).catch((error) => {
    log("an answer could not be sent", error.message);
    response.destroy();
  });
});
server.on("error", (error) => stop(`it cannot listen on ${listen}: ${error.message}`));
server.listen(Number(port), host, () => {
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${server.address().port}`;
  SHOP ||= address;
  console.log(`The shop listens on ${address}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
