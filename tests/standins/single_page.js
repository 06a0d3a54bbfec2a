// The whole application: components with shadow roots, and one that draws view after view.
const vi = document.documentElement.lang === "vi";
const WORDS = {
  number: ["Card number", "Số thẻ"], holder: ["Name on card", "Tên chủ thẻ"], expiry: ["MM / YY", "Tháng/Năm"],
  issued: ["Issue date, MM/YY", "Ngày phát hành, tháng/năm"], cvv: ["CVV", "CVV (ba số ở mặt sau)"],
  pay: ["Pay now", "Thanh toán ngay"], cancel: ["Cancel", "Hủy giao dịch"], next: ["Continue", "Tiếp tục"],
  code: ["One-time code", "Mã xác thực"], otp: ["OTP", "Mã OTP do ngân hàng gửi"], confirm: ["Confirm", "Xác nhận"],
  wrong: ["That code was wrong. Please try again.", "Mã xác thực không đúng, vui lòng thử lại."],
  bank: ["Bank", "Ngân hàng"], choose: ["Which bank is yours?", "Quý khách dùng ngân hàng nào?"],
  scan: ["Scan this picture with your phone", "Quét hình này bằng điện thoại của quý khách"], qr: ["QR code", "Mã QR"],
  leave: ["Back to the shop", "Quay về cửa hàng"], expired: ["This payment has expired.", "Giao dịch đã hết hạn."],
  phone: ["Phone number", "Số điện thoại"], password: ["Password", "Mật khẩu"], login: ["Log in", "Đăng nhập"],
  refused: ["Phone number or password is wrong.", "Số điện thoại hoặc mật khẩu không đúng."],
  content: ["Text of the QR", "Nội dung của mã QR"], paid: ["This order has already been paid.", "Đơn hàng đã được thanh toán."],
  unreadable: ["This is no payment.", "Không đọc được mã này."], thanks: ["Payment successful", "Thanh toán thành công"],
  cookies: ["We and our partners use cookies.", "Chúng tôi và các đối tác sử dụng cookie."], accept: ["Accept all", "Đồng ý tất cả"],
  to: ["You pay to", "Quý khách thanh toán cho"], safe: ["Your data is encrypted.", "Dữ liệu của quý khách được mã hóa an toàn."],
};
const say = key => WORDS[key][+vi];
const escape = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);

class Part extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" });
    this.draw(this.shadowRoot);
  }
}

// One field; its only name is its placeholder.
customElements.define("one-field", class extends Part {
  draw(root) {
    const [hint, type, size, most] = ["hint", "type", "size", "most"].map(name => this.getAttribute(name));
    root.innerHTML = `<style>input { font: inherit; padding: 8px; width: ${(size ?? 24) * 10 + 12}px }</style>
      <input type="${type ?? "text"}" placeholder="${escape(hint ?? "")}" ${most ? `maxlength="${most}"` : ""} autocomplete="off">`;
    this.input = root.querySelector("input");
    if (this.hasAttribute("date")) this.input.addEventListener("input", () => {
      const digits = this.input.value.replace(/\D/g, "").slice(0, 4);
      this.input.value = digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
    });
    if (this.hasAttribute("hops")) this.input.addEventListener("input", () => {
      if (this.input.value.length >= this.input.maxLength) this.nextElementSibling?.input?.focus();
    });
  }
  get value() { return this.input.value }
});

// A row of boxes that share a value.
customElements.define("one-boxes", class extends Part {
  draw(root) {
    const [count, most, hint] = ["count", "most", "hint"].map(name => this.getAttribute(name));
    const box = at => `<one-field hops most="${most}" size="${+most + 1}" hint="${at || !hint ? "" : escape(hint)}"></one-field>`;
    root.innerHTML = `<div role="group" ${this.title ? `aria-label="${escape(this.title)}"` : ""}>${Array.from({ length: count }, (_, at) => box(at)).join("")}</div>`;
    this.removeAttribute("title");
  }
  get value() { return [...this.shadowRoot.querySelectorAll("one-field")].map(box => box.value).join("") }
});

customElements.define("one-button", class extends Part {
  draw(root) {
    root.innerHTML = `<style>div { display: inline-block; padding: 10px 20px; background: #246; color: #fff; margin: 4px }</style><div tabindex="0"><span>${escape(this.getAttribute("says"))}</span></div>`;
  }
});

// Lies over everything until it is agreed to.
customElements.define("one-cookies", class extends Part {
  draw(root) {
    if (localStorage.agreed) return this.remove();
    root.innerHTML = `<div style="position: fixed; inset: 0; background: #0008; z-index: 9"><p style="position: absolute; bottom: 0; background: #fff; padding: 30px">${say("cookies")} <one-button says="${say("accept")}"></one-button></p></div>`;
    root.querySelector("one-button").onclick = () => {
      localStorage.agreed = 1;
      setTimeout(() => this.remove(), 250);
    };
  }
});

customElements.define("one-app", class extends Part {
  draw(root) {
    root.innerHTML = `<style>p, dl, h1 { font: 16px sans-serif }</style><main></main><one-cookies></one-cookies>`;
    this.main = root.querySelector("main");
    this.order = location.hash.slice(2);
    this.seen = {};
    // The application takes a moment to come to life.
    setTimeout(() => this.ask({ do: this.getAttribute("room") === "phone" ? "look" : "start" }), 300);
  }

  async ask(what) {
    const body = JSON.stringify({ order: this.order, token: sessionStorage.token ?? "", view: this.view ?? "", ...what });
    const answer = await (await fetch("/rpc", { method: "POST", headers: { "Content-Type": "application/json" }, body })).json();
    if (answer.go) return location.assign(answer.go);
    if (answer.token) sessionStorage.token = answer.token;
    if (!answer.view) return;
    Object.assign(this.seen, { wrong: false, said: "" }, answer);
    if (answer.order) this.order = answer.order;
    this.show(answer.view);
  }

  show(view) {
    this.view = view;
    document.title = `${say("to")} ${this.seen.merchant ?? "SmartPay"}`;
    const seen = this.seen;
    const head = seen.merchant ? `<p>${say("to")} ${escape(seen.merchant)}</p><p class="sum">${seen.money} ₫</p><p>${say("safe")}</p>` : "";
    const number = `<one-boxes id="number" count="4" most="4" hint="${say("number")}"></one-boxes>`;
    const holder = `<p><one-field id="holder" hint="${say("holder")}"></one-field></p>`;
    const button = (key, act) => `<one-button says="${say(key)}" act="${act}"></one-button>`;
    const alert = text => text ? `<p role="alert">${say(text)}</p>` : "";
    const bank = `<dl><dt>${say("bank")}</dt><dd>${escape(seen.bank ?? "")}</dd></dl>`;
    this.main.innerHTML = head + ({
      card: () => `${number}${holder}<p><one-field id="date" date hint="${say("expiry")}" size="9"></one-field> <span id="late"></span></p>${button("pay", "card")}${button("cancel", "cancel")}`,
      bank: () => `<p><select name="bank"><option>${say("choose")}</option>${seen.banks.map(bank => `<option>${escape(bank)}</option>`).join("")}</select></p>${button("next", "bank")}${button("cancel", "cancel")}`,
      atm: () => `${number}${holder}<p><one-field id="date" date hint="${say("issued")}"></one-field></p>${button("next", "atm")}${button("cancel", "cancel")}`,
      digits: () => `${alert(seen.wrong && "wrong")}<one-boxes id="code" count="4" most="1" title="${say("code")}"></one-boxes>${button("confirm", "otp")}${button("cancel", "cancel")}`,
      word: () => `${bank}${alert(seen.wrong && "wrong")}<p><one-field id="code" hint="${say("otp")}"></one-field></p>${button("confirm", "otp")}${button("cancel", "cancel")}`,
      qr: () => `<p>${say("scan")}</p><canvas width="400" height="400" role="img" aria-label="${say("qr")}"></canvas><p>${button("leave", "leave")}${button("cancel", "cancel")}</p>`,
      expired: () => `<p>${say("expired")}</p>`,
      login: () => `<p>${say("safe")}</p>${alert(seen.said)}<p><one-field id="account" hint="${say("phone")}"></one-field></p><p><one-field id="password" type="password" hint="${say("password")}"></one-field></p>${button("login", "login")}`,
      scan: () => `<p>${say("safe")} ${say("scan")}.</p>${alert(seen.said)}<p><one-field id="content" hint="${say("content")}" size="60"></one-field></p>${button("next", "scan")}`,
      confirm: () => `<p>${say("safe")}</p>${button("confirm", "pay")}`,
      receipt: () => `<h2>${say("thanks")}</h2>`,
    }[view] ?? (() => "<p>404</p>"))();
    const late = this.main.querySelector("#late");
    if (late) setTimeout(() => { late.innerHTML = `<one-field id="cvv" type="password" most="4" hint="${say("cvv")}" size="20"></one-field>`; }, 700);
    for (const pressed of this.main.querySelectorAll("one-button")) pressed.onclick = () => this.send(pressed.getAttribute("act"));
    if (view === "qr") this.picture();
  }

  send(act) {
    const typed = {};
    for (const part of this.main.querySelectorAll("one-field, one-boxes")) typed[part.id] = part.value;
    this.ask({ do: act, ...typed });
  }

  picture() {
    const dots = this.seen.dots;
    const side = Math.sqrt(dots.length);
    const size = Math.floor(340 / side);
    const canvas = this.main.querySelector("canvas");
    const paint = canvas.getContext("2d");
    paint.fillStyle = "#fff";
    paint.fillRect(0, 0, 400, 400);
    paint.fillStyle = "#000";
    [...dots].forEach((dot, at) => { if (dot === "1") paint.fillRect(30 + at % side * size, 30 + Math.floor(at / side) * size, size, size); });
    const poll = () => this.view === "qr" && this.ask({ do: "poll" }).finally(() => setTimeout(poll, 400));
    poll();
  }
});
