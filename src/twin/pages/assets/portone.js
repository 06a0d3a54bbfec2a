// The web SDK of the embedded sandbox: the documented surface of the vendor's portone.js, written from its documentation.
//
//   const portone = new window.PortOne({ portOneKey, jwtToken });
//   portone.paymentService.payment(payload);     sends the page to the payment
//   portone.checkoutService.checkout(payload);   shows the hosted checkout in a frame of this page
//
// With `response_type: "redirect_url_only"` in the payload, both only return what the API answered.
(() => {
  "use strict";

  const source = new URL(document.currentScript.src);

  // The sandbox's other hosts lie beside the one that served this file.
  function origin(room) {
    const host = source.hostname.replace(/^static\./, `${room}.`);
    const named = host !== source.hostname;
    if (!named && room === "api") return source.origin;
    return `${source.protocol}//${named ? host : `${room}.localhost`}${source.port ? `:${source.port}` : ""}`;
  }

  // The payer goes on in the language of the page that called.
  function inPageLanguage(address) {
    const url = new URL(address);
    const language = document.documentElement.lang.slice(0, 2);
    if (language && !url.searchParams.has("lang")) url.searchParams.set("lang", language);
    return url.href;
  }

  class Gateway {
    constructor({ portOneKey, jwtToken }) {
      if (!portOneKey) throw new Error("PortOne: portOneKey is required");
      this.portOneKey = portOneKey;
      this.jwtToken = jwtToken;
    }

    async initiate(payload) {
      const { response_type: _, ...order } = payload;
      const headers = { "Content-Type": "application/json", "X-Portone-Client-Key": this.portOneKey };
      if (this.jwtToken) headers.Authorization = `Bearer ${this.jwtToken}`;
      const answer = await fetch(`${origin("api")}/api/initiatePayment`, {
        method: "POST",
        headers,
        body: JSON.stringify({ key: this.portOneKey, ...order }),
      });
      const body = await answer.json();
      if (!answer.ok || !body.is_success) {
        const error = new Error(body.message || `PortOne: the payment was refused (${answer.status})`);
        Object.assign(error, { status_code: body.status_code, status_reason: body.status_reason });
        throw error;
      }
      return body;
    }
  }

  class PaymentService {
    constructor(gateway) {
      this.gateway = gateway;
    }

    async payment(payload) {
      const initiated = await this.gateway.initiate(payload);
      if (payload.response_type !== "redirect_url_only") window.top.location.href = inPageLanguage(initiated.redirect_url);
      return initiated;
    }
  }

  class CheckoutService {
    constructor(gateway) {
      this.gateway = gateway;
    }

    async checkout(payload) {
      const initiated = await this.gateway.initiate(payload);
      const key = encodeURIComponent(this.gateway.portOneKey);
      const address = `${origin("checkout")}/${key}/orders/${encodeURIComponent(initiated.order_ref)}`;
      const answer = { ...initiated, redirect_url: inPageLanguage(address) };
      if (payload.response_type !== "redirect_url_only") this.mount(answer.redirect_url);
      return answer;
    }

    mount(address) {
      let container = document.getElementById("portone-container");
      if (!container) {
        container = document.createElement("div");
        container.id = "portone-container";
        document.body.append(container);
      }
      const frame = document.createElement("iframe");
      frame.id = "portone-checkout-frame";
      frame.name = "portone-checkout-frame";
      frame.title = "PortOne";
      frame.src = address;
      frame.style.cssText = "width:100%;height:640px;border:0";
      container.replaceChildren(frame);
      frame.scrollIntoView({ block: "nearest" });
    }
  }

  window.PortOne = class PortOne {
    constructor(credentials) {
      const gateway = new Gateway(credentials || {});
      this.paymentService = new PaymentService(gateway);
      this.checkoutService = new CheckoutService(gateway);
    }
  };
})();
