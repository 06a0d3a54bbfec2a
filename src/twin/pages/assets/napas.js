// The page covers itself for a moment, as the real one does while it loads.
const loading = document.getElementById("napasLoading");
setTimeout(() => {
  loading.hidden = true;
  const field = document.querySelector("main input:not([type=hidden])");
  if (field) field.focus();
}, 150);
