// Carries a form on without the payer, as each hop of a 3-D Secure challenge does.
document.querySelector("form[data-autosubmit]").submit();
