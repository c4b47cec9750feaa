// Replaces the chatux package if the registry does not have it. Like chatux 1.x, it sends the text unencoded in the
// URL, as JSON by POST, or through a <script> with a callback, and shows the answer's value as HTML after expanding
// BotUI's markup for links, images and icons. It uses the same class names.
window.ChatUx = class {
  init({ api }) {
    this.api = api;
  }

  start() {
    document.body.insertAdjacentHTML("beforeend", `<div class="botui-messages-container"></div>
      <form class="botui-actions-text"><input class="botui-actions-text-input">
      <button class="botui-actions-buttons-button">SEND</button></form>`);
    const input = document.querySelector(".botui-actions-text-input");
    document.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(input.value);
      input.value = "";
    });
  }

  async send(text) {
    const params = { ...this.api.params, text };
    const query = Object.entries(params).map(([key, value]) => `${key}=${value}`).join("&");
    try {
      this.show(await this.request(params, `${this.api.endpoint}?${query}`));
    } catch {
      this.show({ output: [{ type: "text", value: "An error occurred." }] });
    }
  }

  request(params, address) {
    if (this.api.dataType === "jsonp") {
      return new Promise((resolve, reject) => {
        const name = `chatux_${crypto.randomUUID().replaceAll("-", "_")}`;
        window[name] = resolve;
        const script = document.createElement("script");
        script.src = `${address}&callback=${name}`;
        script.onerror = reject;
        document.head.append(script);
      });
    }
    const post = this.api.method === "POST";
    return fetch(post ? this.api.endpoint : address, {
      method: this.api.method,
      mode: "cors",
      cache: "no-cache",
      headers: { "Content-Type": "application/json; charset=utf-8" },
      body: post ? JSON.stringify(params) : null,
    }).then((response) => (response.ok ? response.json() : Promise.reject(response.statusText)));
  }

  show({ output }) {
    for (const { value } of output) {
      const shown = value
        .replace(/!\[(.*?)\]\((.*?)\)/gim, "<img src='$2' alt='$1' />")
        .replace(/!\(([^)]+)\)/gim, "<i class='fa fa-$1'></i>")
        .replace(/\[([^[]+)\]\(([^)]+)\)(\^?)/gim, "<a href='$2'>$1</a>");
      const message = document.createElement("div");
      message.className = "botui-message-content text";
      message.innerHTML = shown;
      document.querySelector(".botui-messages-container").append(message);
    }
  }
};
