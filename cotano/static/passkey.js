// Adding a passkey: the ceremony is django-allauth's, here it gets the fields of our page.
window.allauth.webauthn.forms.addForm({
  ids: { add: "mfa_webauthn_add", passwordless: "id_passwordless", credential: "id_credential", data: "js_data" },
});
