// The innermost frame is of the same origin as the top window, which it may therefore send on.
window.top.location.replace(document.getElementById("threeds-return").href);
