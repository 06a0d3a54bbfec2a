// What the vendor's page tells a merchant to write.
const order = JSON.parse(document.getElementById("portone-order").textContent);
const button = document.getElementById("pay-button");
const problem = document.getElementById("pay-error");

button.addEventListener("click", async () => {
  button.disabled = true;
  problem.hidden = true;
  try {
    const portone = new window.PortOne({ portOneKey: order.portOneKey, jwtToken: order.jwtToken });
    if (order.mode === "checkout") await portone.checkoutService.checkout(order.payload);
    else await portone.paymentService.payment(order.payload);
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    button.disabled = false;
  }
});
