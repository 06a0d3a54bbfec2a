// Asks for the order's state until the order is closed, then sends the payer on or shows that time ran out.
const state = document.getElementById("qr-state");

async function poll() {
  try {
    const answer = await fetch(state.dataset.poll, { cache: "no-store" });
    if (answer.ok) {
      const { status, return_url } = await answer.json();
      if (status === "Expired") {
        location.reload();
        return;
      }
      if (return_url) {
        window.top.location.href = return_url;
        return;
      }
    }
  } catch {
    // The next question may be answered.
  }
  setTimeout(poll, 300);
}

poll();
