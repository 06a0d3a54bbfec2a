"""A small shop with one article that is paid through PortOne's SmartPay channel. Python 3.11 or newer, standard library only.

    PORTONE_KEY=… PORTONE_SECRET=… SHOP_OPERATOR_TOKEN=… python3 shop.py --listen 127.0.0.1:8080

It keeps everything in memory. Who refunds needs SHOP_OPERATOR_TOKEN, one for all operators; the other paths below /api/ ask for nothing
and belong behind the login of those who may see orders, and TLS and limits of connections into the proxy before it.
"""

import base64
import hashlib
import hmac
import html
import http.client
import json
import math
import os
import re
import secrets
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from heapq import heappop, heappush
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from socketserver import TCPServer
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

CHANNEL = "SMARTPAY"
CURRENCY = "VND"
METHODS = ("SMARTPAY_CREDIT_CARD", "SMARTPAY_QR", "SMARTPAY_ATM_CARD")
ENVIRONMENT = "sandbox"  # "live" once the integration test plan is passed
MAX_AMOUNT = 9_999_999_999_999
MAX_BODY = 64 * 1024
MAX_ANSWER = 1024 * 1024
MAX_CARTS = 20_000
MAX_ORDERS = 100_000
TIMEOUT = 5  # seconds that PortOne may keep us waiting
HOUR = 3600


def stop(why):
    print(f"The shop does not start: {why}", file=sys.stderr)
    sys.exit(2)


def web_address(name, default):
    address = os.environ.get(name) or default
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and address.isascii()
    except ValueError:
        valid = False
    return address.rstrip("/") if valid else stop(f"{name} must be a web address")


def log(*words):
    print(time.strftime("%H:%M:%S"), *(ascii(word) for word in words), file=sys.stderr, flush=True)


LISTEN = "127.0.0.1:8080"
arguments = sys.argv[1:]
while arguments:
    if arguments[0] != "--listen" or len(arguments) == 1:
        stop(f"there is no argument {arguments[0]}: --listen HOST:PORT")
    LISTEN, arguments = arguments[1], arguments[2:]
HOST, _, PORT = LISTEN.rpartition(":")
if not HOST or not PORT.isdecimal() or int(PORT) > 65535:
    stop("--listen needs HOST:PORT")
KEY = os.environ.get("PORTONE_KEY") or stop("PORTONE_KEY is not set")
SECRET = (os.environ.get("PORTONE_SECRET") or stop("PORTONE_SECRET is not set")).encode()
API = web_address("PORTONE_BASE_URL", "https://api.portone.cloud")
SDK = web_address("PORTONE_SDK_URL", "https://static.portone.cloud/portone.js")
SHOP = web_address("SHOP_URL", "") if os.environ.get("SHOP_URL") else ""
OPERATOR_TOKEN = os.environ.get("SHOP_OPERATOR_TOKEN", "").encode()  # without one nobody refunds


# ---- signatures and calls ----


def path_part(text):
    return quote(text, safe="")


def sign(fields):
    """ "Payment Request", "Payment Webhook Response", "Redirection Response": the pages say SHA-256, their code is an HMAC with the
    merchant's secret, in base64, over the form-encoded fields in the order of their names. quote_plus encodes as the vendor's Go
    sample does, by which PortOne itself signs and verifies; the other samples disagree."""
    pairs = "&".join(f"{name}={quote_plus(str(fields[name]), safe='')}" for name in sorted(fields))
    return base64.b64encode(hmac.digest(SECRET, pairs.encode(), hashlib.sha256)).decode()


def verifies(fields, signature):
    return hmac.compare_digest(sign(fields).encode(), str(signature).encode(errors="replace"))


def token():
    """A token for one use ("JWT authentication"): it lives 100 seconds."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    now = int(time.time())
    claims = {"iss": "PORTONE", "sub": KEY, "iat": now, "exp": now + 100}
    text = b".".join(part(json.dumps(value).encode()) for value in ({"alg": "HS256", "typ": "JWT"}, claims))
    return b".".join((text, part(hmac.digest(SECRET, text, hashlib.sha256)))).decode()


class Failure(Exception):
    """Why a call came to nothing: "not sent" (nothing happened), "unclear" (nobody knows) or "refused", with PortOne's status_code."""

    def __init__(self, kind, message, code=""):
        super().__init__(message)
        self.kind, self.code = kind, code


def call(method, path, body=None, authorised=True):
    headers = {"Content-Type": "application/json", "X-Portone-Client-Key": KEY}
    if authorised:
        headers["Authorization"] = f"Bearer {token()}"
    parts = urlsplit(API)
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=TIMEOUT)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Failure("not sent", str(error)) from error
        try:
            connection.request(method, parts.path + path, json.dumps(body) if body is not None else None, headers)
            # The time-out is of each wait; this one is of all together.
            deadline, content = time.monotonic() + TIMEOUT, b""
            response = connection.getresponse()
            while chunk := response.read1(65536):
                content += chunk
                if len(content) > MAX_ANSWER or time.monotonic() > deadline:
                    raise Failure("unclear", "the answer is too long")
            answer = json.loads(content)
        except (OSError, ValueError, http.client.HTTPException, RecursionError) as error:
            raise Failure("unclear", f"{type(error).__name__} {error}") from error
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise Failure("unclear", "the answer is no object")
    if 200 <= response.status < 300:
        return answer
    if 400 <= response.status < 500:
        raise Failure("refused", str(answer.get("message")), str(answer.get("status_code")))
    raise Failure("unclear", f"status {response.status}")


def payload(order):
    """The signed request for a payment ("Initiate Payment"), as the API takes it and the SDK too. The addresses of return name the
    order, so that the redirect of another one is noticed."""
    success, failure, pending = (
        f"{SHOP}/return/{page}?shop_order={quote_plus(order.id, safe='')}" for page in ("success", "failure", "pending")
    )
    signed = {
        "amount": order.amount,
        "client_key": KEY,
        "currency": CURRENCY,
        "failure_url": failure,
        "merchant_order_id": order.id,
        "success_url": success,
    }
    return {
        "key": KEY,
        "merchant_order_id": order.id,
        "pmt_channel": CHANNEL,
        "pmt_method": order.method,
        "description": order.description,
        "environment": ENVIRONMENT,
        "amount": order.amount,
        "currency": CURRENCY,
        "signature_hash": sign(signed),
        "success_url": success,
        "failure_url": failure,
        "pending_url": pending,
    }


# ---- the books ----


class Refused(Exception):
    """Why the shop does not do what it is asked to, the status that says so, and what WWW-Authenticate says."""

    def __init__(self, status, why, challenge=""):
        super().__init__(why)
        self.status, self.challenge = status, challenge


@dataclass(frozen=True)
class Purchase:
    """What somebody wants to pay, checked."""

    amount: int
    method: str
    id: str | None = None
    description: str = "Coffee beans"

    def __post_init__(self):
        if type(self.amount) is not int or not 1 <= self.amount <= MAX_AMOUNT:
            raise Refused(400, "amount must be a whole number of VND, from 1 to 9999999999999")
        if self.method not in METHODS:
            raise Refused(400, f"method must be one of {', '.join(METHODS)}")
        # "." and ".." would be lost in the path of an address.
        if self.id is not None and (not 1 <= length(self.id) <= 512 or self.id in (".", "..")):
            raise Refused(400, "id must have 1 to 512 bytes and be no dots")
        if not 1 <= length(self.description) <= 1024:
            raise Refused(400, "description must have 1 to 1024 bytes")


def length(text):
    """Bytes of a text; 0 of what is none, or has half a letter in it."""
    try:
        return len(text.encode()) if isinstance(text, str) else 0
    except UnicodeEncodeError:
        return 0


@dataclass(eq=False)
class Order:
    id: str
    amount: int
    method: str
    description: str
    state: str = "PENDING"
    order_ref: str = ""
    # The SDK in the browser asks PortOne for the payment, and not the shop: PortOne takes an id once.
    in_sdk: bool = False
    page: str = ""
    payable: bool = True
    message: str = ""
    refunded: int = 0
    refund_waits: int = 0
    refund_unclear: bool = False
    refund_watched: bool = False
    refund_hinted: bool = False
    created: float = field(default_factory=time.monotonic)
    # Who talks to PortOne about the payment, and about refunds.
    page_turn: threading.Lock = field(default_factory=threading.Lock)
    refund_turn: threading.Lock = field(default_factory=threading.Lock)

    def status(self):
        if self.state != "PAID" or self.refunded == 0:
            return self.state
        return "PARTLY_REFUNDED" if self.refunded < self.amount else "REFUNDED"

    def told(self):
        return {
            "id": self.id,
            "amount": self.amount,
            "currency": CURRENCY,
            "status": self.status(),
            "refunded": self.refunded,
        }

    def waits_for_refund(self):
        return self.refund_unclear or self.refund_waits > 0

    def fits(self, report):
        return (
            report.get("merchant_order_ref") == self.id
            and report.get("order_ref")
            and self.order_ref in ("", report["order_ref"])
            and report.get("amount") == self.amount
            and report.get("currency") == CURRENCY
            and report.get("channel_key") == CHANNEL
        )


# The books change under one lock only, so that whatever arrives twice or at the same moment is booked once. A real shop has a database
# with a transaction here.
books = threading.Lock()
orders = {}
references = {}  # PortOne's reference of an order → order
carts = {}  # token → [purchase, order or None]

DECIDED = {"Success": "PAID", "Failed": "FAILED", "Expired": "FAILED"}


def new_cart(purchase):
    cart = secrets.token_urlsafe(18)
    with books:
        if len(carts) >= MAX_CARTS:
            del carts[next(iter(carts))]
        carts[cart] = [purchase, None]
    return cart


def new_order(purchase, in_sdk=False):
    """It is in the books before PortOne hears of it: a webhook may be faster than PortOne's answer."""
    if len(orders) >= MAX_ORDERS:
        raise Refused(503, "no more orders are taken")
    order_id = purchase.id or f"COFFEE-{secrets.token_urlsafe(18)}"
    if order_id in orders:
        raise Refused(409, "there is an order with this id")
    orders[order_id] = Order(
        order_id, purchase.amount, purchase.method, purchase.description, in_sdk=in_sdk
    )
    return orders[order_id]


def order_of_cart(cart, in_sdk):
    """The one order of a cart, and whether it is new. The same purchase under the same name is the same order, also from another cart."""
    with books:
        if not isinstance(cart, str) or cart not in carts:
            raise Refused(404, "there is no such cart any more")
        purchase, order = carts[cart]
        new = False
        if order is None:
            order = orders.get(purchase.id)
            if order is None or (order.amount, order.method) != (purchase.amount, purchase.method):
                order, new = new_order(purchase, in_sdk), True
            carts[cart][1] = order
        if order.state == "PENDING" and order.in_sdk != in_sdk:
            raise Refused(409, "this order is being paid in another way")
        return order, new


def book(report, by_api):
    """Books how a payment stands; returns the order if PortOne's API has to be asked. A final state stays, except that the API may say
    of a failed payment that it was made after all."""
    with books:
        order = orders.get(report.get("merchant_order_ref"))
        if order is None or not order.fits(report):
            log("of no order as it is in the books", report.get("merchant_order_ref"))
            return None
        state = DECIDED.get(report["status"])
        if order.state == state:
            return None
        if state is None:
            return order if order.state == "PENDING" else None
        if order.state == "PAID" or (order.state == "FAILED" and not by_api):
            return order
        order.state, order.order_ref = state, report["order_ref"]
        order.message = str(report.get("status_channel_reason") or "")
        references[order.order_ref] = order
    log("booked", order.id, state, "API" if by_api else "webhook")
    return None


def book_refunds(order, answer):
    """Books what PortOne says of an order's refunds, also of those that somebody else asked for. A word that nobody knows waits."""
    details = answer["refundDetails"]
    done = round(sum(refund["amount"] for refund in details if refund["refund_status"] == "SUCCESS"))
    waits = round(sum(refund["amount"] for refund in details if refund["refund_status"] not in ("SUCCESS", "FAILED")))
    with books:
        order.refunded, order.refund_waits, order.refund_unclear = min(done, order.amount), waits, False


# ---- what the shop does about its orders ----

workers = ThreadPoolExecutor(16, "worker")
due = []  # of (moment, number, work), the next first
due_changed = threading.Condition()
numbers = count()


def later(seconds, work, *arguments):
    with due_changed:
        heappush(due, (time.monotonic() + seconds, next(numbers), work, arguments))
        due_changed.notify()


def keep_time():
    while True:
        with due_changed:
            wait = due[0][0] - time.monotonic() if due else None
            if wait is None or wait > 0:
                due_changed.wait(wait)
                continue
            _, _, work, arguments = heappop(due)
        workers.submit(guarded, work, *arguments)


def guarded(work, *arguments):
    """What goes wrong beside all requests is in the log."""
    try:
        work(*arguments)
    except Exception as error:  # noqa: BLE001
        log("something went wrong", type(error).__name__, str(error))


def payment_page(order):
    """Where an order is paid. Whoever asks first asks PortOne, the others wait for that answer."""
    with order.page_turn:
        if order.page:
            return order.page
        if not order.payable:
            raise Failure("not sent", "the order was given up")
        try:
            answer = call("POST", "/api/initiatePayment", payload(order), authorised=False)
            page, order_ref = str(answer.get("redirect_url")), str(answer.get("order_ref") or "")
            # Nothing but printable ASCII: it becomes a header.
            if not re.fullmatch(r"https?://[!-~]+", page) or not order_ref:
                raise Failure("unclear", "no address of a page")
        except Failure as failure:
            give_up(order, failure)
            raise
        with books:
            order.page, order.order_ref = page, order.order_ref or order_ref
            references[order.order_ref] = order
    watch_payment(order)
    return page


def give_up(order, failure):
    """The order has no page on which it could be paid. Its cart can be made another order of."""
    log("no payment page", order.id, str(failure))
    with books:
        order.payable = False
        if failure.kind != "unclear":
            orders.pop(order.id, None)
        for cart in carts.values():
            if cart[1] is order:
                cart[1] = None
    # PortOne may have the order, but nobody the address of its page: it runs out there, and then here.
    if failure.kind == "unclear":
        watch_payment(order)


def ask(order):
    """Asks PortOne how a payment stands ("Get Transaction Status"), and books it. PortOne does not know it before the payer of an
    embedded checkout pressed the button. A status has no amount: one that decides something is looked up in the details, which do."""
    try:
        content = call("GET", f"/api/transaction/{path_part(order.id)}/status").get("content") or {}
        if content.get("status") in DECIDED:
            question = {"order_ref": content.get("order_ref")}
            book(call("POST", f"/api/{path_part(KEY)}/transaction-details", question)["content"], by_api=True)
    except Failure as failure:
        if failure.code != "4096":
            log("no answer", order.id, str(failure))
    except (KeyError, TypeError, AttributeError) as error:
        log("the answer is not as documented", order.id, type(error).__name__)


def watch_payment(order, pause=1.0):
    """Asks until the payment is decided, for an hour: a webhook may never come."""

    def look():
        if order.state == "PENDING" and time.monotonic() - order.created < HOUR:
            ask(order)
            watch_payment(order, min(pause * 1.5, 5.0))

    later(pause, look)


def refund(order, part):
    """About the refunds of an order PortOne is asked one thing after the other: an older answer never covers a newer one."""
    try:
        with order.refund_turn:
            if order.state != "PAID":
                raise Refused(409, "the order is not paid")
            if order.refund_unclear:
                raise Refused(409, "another refund of the order is under way")
            remains = order.amount - order.refunded - order.refund_waits
            amount = remains if part is None else part
            if not 1 <= amount <= remains:
                raise Refused(409, "that is more than what remains")
            request = {
                "amount": amount,
                "channel": CHANNEL,
                "description": "Refund by the shop",
                "environment": ENVIRONMENT,
                "refund_type": "full" if part is None else "partial",
                "refund_reason": "Requested by the shop",
            }
            # Until PortOne has said what there is, it may have been refunded, and no other refund begins.
            order.refund_unclear = True
            try:
                book_refunds(order, call("POST", f"/api/refund/{path_part(order.order_ref)}", request))
            except Failure as failure:
                order.refund_unclear = failure.kind == "unclear"
                log("no refund", order.id, str(failure))
                if failure.kind == "refused":
                    raise Refused(409, "PortOne does not refund this") from failure
                raise Refused(502, "PortOne cannot be reached; a refund that was made will be booked") from failure
            except (KeyError, TypeError) as error:
                raise Refused(502, "PortOne's answer cannot be read; what became of it will be asked for") from error
    finally:
        watch_refunds(order)


def hint_refund(order):
    """Somebody without a signature says that something became of a refund: a flood of such hints is one question."""
    with books:
        known, order.refund_hinted = order.refund_hinted, True
    if not known:
        later(0, ask_refunds, order, watch_refunds)


def ask_refunds(order, then):
    with order.refund_turn:
        order.refund_hinted = False
        try:
            book_refunds(order, call("GET", f"/api/refund/{path_part(order.order_ref)}"))
        except (Failure, KeyError, TypeError) as error:
            log("no answer", order.id, str(error))
    then(order)


def watch_refunds(order):
    """Asks until no refund waits any more: after an hour each minute, as a queued one waits for a person. One such watch at a time."""
    with books:
        if order.refund_watched or not order.waits_for_refund():
            return
        order.refund_watched = True
    began = time.monotonic()

    def again(pause):
        later(pause, ask_refunds, order, lambda order: answered(pause))

    def answered(pause):
        with books:
            order.refund_watched = order.waits_for_refund()
        if order.refund_watched:
            again(min(pause * 1.5, 5.0 if time.monotonic() - began < HOUR else 60.0))

    again(1.0)


# ---- what comes in from PortOne, or from anybody who says so ----

SIGNED = "channel_key channel_order_ref country_code currency merchant_order_ref method_name order_ref status".split()


def webhook(said):
    """Answered at once, PortOne is asked afterwards. 200 also for what is of no use: sending it again would not help."""
    # The refund webhook ("Refund Webhook Response") carries no signature, so anybody may have written it: PortOne is asked, and believed.
    if "payment_txn_ref" in said and "signature_hash" not in said:
        reference = said["payment_txn_ref"]
        if isinstance(reference, str) and reference in references:
            hint_refund(references[reference])
        return Answer(200, "ok")
    amount = said.get("amount")
    number = type(amount) is int or (type(amount) is float and math.isfinite(amount))
    if not number or not all(isinstance(said.get(name), str) for name in SIGNED):
        raise Refused(400, "this is no payment webhook")
    # PortOne prints the shortest digits, as a whole number where it is one.
    printed = int(amount) if amount == int(amount) else amount
    if not verifies({"amount": printed} | {name: said[name] for name in SIGNED}, said.get("signature_hash")):
        raise Refused(401, "the signature is not valid")
    doubtful = book(said, by_api=False)
    if doubtful is not None:
        later(0, ask, doubtful)
    return Answer(200, "ok")


def back(query):
    """The query of a redirect ("Redirection Response"). A PSP's own parameters may be passed through, so a name can be there twice: then
    nobody knows which one was signed, and it has no value. It is no more than a reason to ask PortOne."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=200)

    def every(name):
        return [value for known, value in pairs if known == name]

    def once(name):
        values = every(name)
        return values[0] if len(values) == 1 else None

    signed = {name: once(name) for name in ("channel_order_ref", "merchant_order_ref", "order_ref", "status")}
    genuine = None not in signed.values() and verifies(signed, once("signature_hash"))
    order = orders.get(signed["merchant_order_ref"]) if genuine else None
    if (
        order is None
        or any(named != order.id for named in every("shop_order"))
        or order.order_ref not in ("", signed["order_ref"])
        # Not signed, though the vendor says to compare them.
        or (once("amount"), once("currency")) != (str(order.amount), CURRENCY)
    ):
        main = '<p class="state">Nothing was changed. If you paid, your order will say so within minutes.</p>'
        return page(400, "We could not confirm your payment", main)
    if order.state != "PAID":
        ask(order)
    return order_page(order)


# ---- pages ----


@dataclass
class Answer:
    status: int
    body: str
    type: str = "text/plain; charset=utf-8"
    policy: str = ""
    location: str = ""
    challenge: str = ""


def page(status, title, main, policy=""):
    body = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title></head><body><main><h1>{title}</h1>\n{main}\n</main></body></html>\n"
    )
    return Answer(status, body, "text/html; charset=utf-8", policy)


def problem(status, title, why):
    return page(status, title, f'<p role="alert">{html.escape(why)}</p>')


def not_found():
    return problem(404, "Not found", "There is no such page.")


def in_json(status, value):
    return Answer(status, json.dumps(value), "application/json")


def see_other(location):
    return Answer(303, "", location=location)


def money(amount):
    return f"{amount:,} ₫".replace(",", ".")


def checkout(path, query):
    """Opening the page makes a cart; its token moves into the address, so that coming back, reloading and a second tab are the same cart."""
    asked = dict(reversed(parse_qsl(query, keep_blank_values=True, max_num_fields=200)))
    if "cart" not in asked:
        amount = asked.get("amount", "")
        amount = int(amount) if re.fullmatch("[0-9]{1,15}", amount) else 0
        try:
            purchase = Purchase(amount, asked.get("method"), asked.get("id") or None)
        except Refused as why:
            return problem(400, "This cannot be bought", str(why))
        return see_other(f"{path}?cart={new_cart(purchase)}")
    cart = asked["cart"]
    if cart not in carts:
        return not_found()
    purchase, _ = carts[cart]
    embedded = path == "/embedded"
    form = 'id="embedded"' if embedded else 'method="post" action="/checkout"'
    main = (
        f'<dl><dt>Article</dt><dd>{html.escape(purchase.description)}</dd><dt>Amount</dt><dd class="amount">{money(purchase.amount)}</dd>'
        f"<dt>Method</dt><dd>{purchase.method}</dd></dl><form {form}>"
        f'<input type="hidden" name="cart" value="{html.escape(cart)}"><button type="submit" id="pay">Pay now</button></form>'
    )
    if not embedded:
        return page(200, "Checkout", main)
    # What the SDK needs: itself, and the API beside it (static.portone.cloud calls api.portone.cloud).
    sdk, api = ("{0.scheme}://{0.netloc}".format(urlsplit(address)) for address in (SDK, API))
    beside = sdk.replace("://static.", "://api.")
    main += (
        '<p id="problem" role="alert" hidden></p><div id="portone-container"></div>'
        f'<script src="{html.escape(SDK)}"></script><script src="/embedded.js"></script>'
    )
    return page(200, "Checkout", main, f"; script-src 'self' {sdk}; connect-src 'self' {sdk} {beside} {api}")


# The embedded checkout ("Web SDK"): the shop signs, the SDK asks PortOne for the payment and goes to its page. Of an order there is one
# payment: PortOne takes its id once, and its page is remembered in the browser for the next press.
EMBEDDED = """"use strict";
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
"""


def order_page(order):
    words = {
        "PENDING": "Waiting for the payment",
        "FAILED": "The payment failed",
        "PAID": "Paid",
        "PARTLY_REFUNDED": f"Partly refunded: {money(order.refunded)} of {money(order.amount)}",
        "REFUNDED": "Refunded",
    }
    state = words[order.status()] + (" – refund pending" if order.waits_for_refund() else "")
    main = (
        f'<dl><dt>Order</dt><dd class="order">{html.escape(order.id)}</dd><dt>Article</dt><dd>{html.escape(order.description)}</dd>'
        f'<dt>Amount</dt><dd class="amount">{money(order.amount)}</dd></dl>\n<p class="state">{state}</p>'
    )
    if order.state == "FAILED" and order.message:
        main += f'<p class="message">{html.escape(order.message)}</p>'
    if order.state == "PENDING":
        main += f'<p><a href="{order_address(order)}">Look again</a></p>'
    return page(200, "Your order", main)


def order_address(order):
    return f"/orders/{path_part(order.id)}"


# ---- the interface ----


def not_begun(error):
    """What PortOne answered is in the log, not on the page."""
    if isinstance(error, Refused):
        return error.status, str(error)
    if error.code == "4002":
        return 409, "PortOne knows an order with this id"
    if error.kind == "refused":
        return 502, "PortOne does not take this order"
    return 502, "PortOne cannot be reached, please try again"


def press(body):
    try:
        form = dict(parse_qsl(body.decode(errors="replace"), max_num_fields=200))
        order, _ = order_of_cart(form.get("cart"), False)
        return see_other(payment_page(order) if order.state == "PENDING" else order_address(order))
    except (Refused, Failure) as error:
        status, why = not_begun(error)
        return problem(status, "The payment could not be begun", why)


def press_embedded(asked):
    """What the SDK sends to PortOne, signed here, with a token that dies soon. Until then it opens the whole API to whoever reads it in
    the browser, which is why the books believe the details of a transaction and no status alone."""
    order, new = order_of_cart(asked.get("cart"), True)
    if order.state != "PENDING":
        return in_json(200, {"page": order_address(order)})
    if new:
        watch_payment(order)
    return in_json(200, {"portOneKey": KEY, "jwtToken": token(), "payload": payload(order)})


def create_order(asked):
    words = {name: asked[name] for name in ("id", "description") if asked.get(name) is not None}
    purchase = Purchase(asked.get("amount"), asked.get("method"), **words)
    try:
        with books:
            order = new_order(purchase)
        return in_json(201, {"redirect_url": payment_page(order), "id": order.id})
    except Failure as error:
        raise Refused(*not_begun(error)) from error


def operators_only(authorization):
    """Refuses whoever has not the operators' token. Where none is set nobody has it, rather than everybody."""
    if not OPERATOR_TOKEN:
        raise Refused(403, "refunds need SHOP_OPERATOR_TOKEN")
    # A header's letters are bytes.
    scheme, _, said = authorization.encode("latin-1").partition(b" ")
    if scheme.lower() != b"bearer" or not hmac.compare_digest(said.strip(), OPERATOR_TOKEN):
        raise Refused(401, "refunds are for operators only", "Bearer")


def refund_order(order, asked):
    part = asked.get("amount")
    if part is not None and (type(part) is not int or part < 1):
        raise Refused(400, "amount must be a whole number of VND, or absent")
    refund(order, part)
    return in_json(202, order.told())


def parsed(body):
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refused(400, "the body must be a JSON object")
    return value


def answer(method, path, query, body, authorization):
    for place in ("/api/orders/", "/orders/"):
        if path.startswith(place) and path != place:
            refunds = place == "/api/orders/" and method == "POST" and path.endswith("/refunds")
            if refunds:
                operators_only(authorization)
            rest = path[len(place) :].removesuffix("/refunds") if refunds else path[len(place) :]
            order = orders.get(unquote(rest))
            if place == "/orders/" and method == "GET":
                return order_page(order) if order else not_found()
            if order is None:
                raise Refused(404, "there is no such order")
            if refunds:
                return refund_order(order, parsed(body or b"{}"))
            if method == "GET":
                return in_json(200, order.told())
    match method, path:
        case "GET", "/health":
            return Answer(200, "ok")
        case "GET", "/favicon.ico":
            return Answer(204, "")
        case "GET", "/checkout" | "/embedded":
            return checkout(path, query)
        case "GET", "/embedded.js":
            return Answer(200, EMBEDDED, "text/javascript; charset=utf-8")
        case "GET", "/return/success" | "/return/failure" | "/return/pending":
            return back(query)
        case "POST", "/checkout":
            return press(body)
        case "POST", "/embedded/pay":
            return press_embedded(parsed(body))
        case "POST", "/api/orders":
            return create_order(parsed(body))
        case "POST", "/webhooks/portone":
            return webhook(parsed(body))
    return not_found()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "shop", ""
    timeout = 15  # seconds that a client may keep a thread waiting
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        self.respond()

    def do_POST(self):
        self.respond()

    def respond(self):
        try:
            said = self.answered()
        except Refused as why:
            said = in_json(why.status, {"error": str(why)})
            said.challenge = why.challenge
        except TimeoutError:
            self.close_connection = True
            return
        except ValueError:
            said = Answer(400, "this cannot be read")
        except Exception as error:  # noqa: BLE001
            log("a request could not be answered", type(error).__name__, str(error))
            said = Answer(500, "this went wrong")
        body = said.body.encode(errors="replace")
        self.send_response(said.status)
        self.send_header("Content-Type", said.type)
        if said.status != 204:
            self.send_header("Content-Length", str(len(body)))
        policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        self.send_header("Content-Security-Policy", policy + said.policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        # The address of a cart is nobody else's.
        self.send_header("Referrer-Policy", "same-origin")
        if said.location:
            self.send_header("Location", said.location)
        if said.challenge:
            self.send_header("WWW-Authenticate", said.challenge)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def answered(self):
        parts = urlsplit(self.path)
        body = self.received()
        # What a page of another site has a visitor's browser send. PortOne's servers are no pages.
        origin, host = self.headers.get("Origin"), self.headers.get("Host")
        if self.command == "POST" and not parts.path.startswith("/webhooks/"):
            if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
                raise Refused(403, "this is not for pages of other sites")
        return answer(self.command, parts.path, parts.query, body, self.headers.get("Authorization", ""))

    def received(self):
        """The body. One that is too large, or of a length that is not told, is refused, and the connection closed."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not re.fullmatch("[0-9]{1,9}", length):
            self.close_connection = True
            raise Refused(411, "the Content-Length is missing")
        if int(length) > MAX_BODY:
            self.close_connection = True
            # Read and thrown away: a client that is still sending when the connection closes may never read why.
            left = min(int(length), 16 * MAX_BODY)
            while left > 0 and (chunk := self.rfile.read(min(left, MAX_BODY))):
                left -= len(chunk)
            raise Refused(413, "this is too large")
        deadline, body = time.monotonic() + self.timeout, b""
        while len(body) < int(length):
            chunk = self.rfile.read1(int(length) - len(body))
            if not chunk or time.monotonic() > deadline:
                raise TimeoutError
            body += chunk
        return body

    def log_message(self, *_):
        """Addresses hold what payers bring along; what happened to an order is logged where it happens."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        """Without the look at the machine's name, for which HTTPServer may wait long."""
        TCPServer.server_bind(self)

    def handle_error(self, request, client_address):
        """A connection that breaks off is no news."""


def main():
    global SHOP
    try:
        server = Server((HOST.strip("[]"), int(PORT)), Handler)
    except OSError as error:
        stop(f"it cannot listen on {LISTEN}: {error}")
    address = f"http://{HOST}:{server.server_address[1]}"
    SHOP = SHOP or address
    threading.Thread(target=keep_time, daemon=True).start()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: os._exit(0))
    print(f"The shop listens on {address}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
