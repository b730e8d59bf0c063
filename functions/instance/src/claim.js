
  const form = document.forms[0];
  // Discord's code for a token that is not known.
  const UNKNOWN_TOKEN = 10012;
  document.querySelector(".origin").textContent = location.origin;
  const ticket = new URLSearchParams(location.search).get("token");

  async function post(path, body, token) {
    const headers = { "content-type": "application/json" };
    if (token) headers.authorization = token;
    const answer = await fetch("/api/v9" + path, { method: "POST", headers, body: JSON.stringify(body) });
    const json = answer.status === 204 ? {} : await answer.json();
    if (answer.ok) return json;
    const mistakes = Object.values(json.errors ?? {}).flatMap((field) => field._errors ?? []);
    if (json.code === UNKNOWN_TOKEN) throw new Error(stale);
    throw new Error(mistakes.map((mistake) => mistake.message).join(" ") || json.message);
  }

  // An account is made by the link itself: also where nobody else may register, and never by one
  // that is used up.
  async function claim({ username, password, email, code }) {
    if (email) return post("/auth/register", { username, password, email, claim: ticket });
    const { token } = await login({ username, password, code });
    return post("/auth/claim", { token: ticket }, token);
  }

  async function login({ username, password, code }) {
    const answer = await post("/auth/login", { login: username, password });
    return answer.mfa ? post("/auth/mfa/totp", { ticket: answer.ticket, code }) : answer;
  }

  const stale = "This link was used, or is older than a day. Whoever has a shell on the machine gets "
    + "another by “spacebar admin claim-link”; so does each start while nobody runs the instance.";

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = form.querySelector("output");
    output.textContent = "…";
    try {
      await claim(Object.fromEntries(new FormData(form)));
      document.querySelector("#claim").hidden = true;
      document.querySelector("#next").hidden = false;
    } catch (error) {
      output.textContent = error.message;
    }
  });
