// The embedded checkout ("Web SDK"): the shop signs, the SDK asks PortOne for the payment and goes to its page.
"use strict";

const form = document.getElementById("embedded");
const button = document.getElementById("pay");
const problem = document.getElementById("problem");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.hidden = true;
  const cart = form.elements.cart.value;
  try {
    const answer = await fetch("/embedded/pay", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ cart }),
    });
    const order = await answer.json();
    if (!answer.ok) throw new Error(order.error);
    // Of an order there is one payment: PortOne takes its id once, and its page is remembered here for the next press.
    const page = order.page || localStorage.getItem(`payment ${cart}`);
    if (page) {
      location.assign(page);
      return;
    }
    const portone = new window.PortOne({ portOneKey: order.portOneKey, jwtToken: order.jwtToken });
    const initiated = await portone.paymentService.payment(order.payload);
    if (initiated?.redirect_url) localStorage.setItem(`payment ${cart}`, initiated.redirect_url);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    button.disabled = false;
  }
});

// A page that comes back from the browser's memory can be pressed again.
window.addEventListener("pageshow", () => (button.disabled = false));
