// Changing the password. The form contains the name for password managers.

import { t } from "../../texts.js";
import { html, toast } from "../../ui.js";

export function Password({ has, name, change }) {
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const values = new FormData(form);
    if (await change("password", { old: values.get("old") ?? "", new: values.get("new") })) {
      form.reset();
      toast(t("The password is changed. All other browsers are signed out."));
    }
  };
  return html`<section><h2>${has ? t("Change the password") : t("Set a password")}</h2>
    <form class="fields" id="account-password" onSubmit=${submit}>
      <input name="username" value=${name} autocomplete="username" hidden readonly />
      ${has && html`<label>${t("Current password")}<input name="old" type="password"
          autocomplete="current-password" required maxlength="256" /></label>`}
      <label>${t("New password")}<input name="new" type="password" autocomplete="new-password" required
          minlength="10" maxlength="256" /></label>
      <button class="plain">${has ? t("Change the password") : t("Set a password")}</button></form></section>`;
}
