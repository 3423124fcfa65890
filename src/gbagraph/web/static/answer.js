// Runs the query: the answer is put into the page as the server makes it, and the address becomes the query's.

import { keepIdentifiers } from "./answer-tools.js";
import { offerCopies } from "./copy.js";

const LONGEST = 8000; // characters of an address; a longer query is posted
const TICK = 100; // milliseconds between the times that are shown

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

export class Answer {
  // *place* holds the answer; *told* is called with the page that came, its address and whether all is well.
  constructor(form, place, { cancel, status, say, told }) {
    Object.assign(this, { form, place, cancelButton: cancel, status, say, told });
    this.endpoint = new URL(form.action);
    cancel.addEventListener("click", () => this.cancel());
    place.addEventListener("click", (event) => this.followed(event));
    place.addEventListener("submit", (event) => this.filtered(event));
  }

  // The address of the query and the choices in the form.
  get address() {
    const address = new URL(this.endpoint);
    address.search = new URLSearchParams([...new FormData(this.form)].filter(([, value]) => value));
    return address;
  }

  run() {
    return this.load(this.address, { isRun: true });
  }

  cancel() {
    this.request?.abort();
  }

  // Fetches the page at an address and shows its answer.
  async load(address, { isRun = false, isBack = false } = {}) {
    this.cancel();
    const request = (this.request = new AbortController());
    this.begin();
    try {
      const answer = await fetch(...this.asked(address, request.signal, isRun));
      const type = answer.headers.get("content-type") ?? "";
      if (!type.includes("text/html")) return void location.assign(address);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.swap(page);
      // A form that is sent is answered by the address of its answer, unless that is too long for some programs.
      if (!isBack) history.pushState({}, "", answer.redirected || !isRun ? answer.url : this.inReach(address));
      this.end(request, { page, isRight: answer.ok, isRun, isBack });
    } catch (problem) {
      if (request === this.request) this.fail(problem);
    }
  }

  asked(address, signal, isRun) {
    const headers = { Accept: "text/html" };
    if (!isRun && address.href.length <= LONGEST) return [address, { headers, signal }];
    return [this.endpoint, { method: "POST", body: address.searchParams, headers, signal }];
  }

  inReach(address) {
    return address.href.length <= LONGEST ? address : this.endpoint;
  }

  begin() {
    clearInterval(this.clock);
    this.since = performance.now();
    const tell = () => (this.status.textContent = this.say("running", { seconds: seconds(this.since) }));
    this.clock = setInterval(tell, TICK);
    tell();
    this.place.setAttribute("aria-busy", "true");
    this.cancelButton.hidden = false;
  }

  stop() {
    clearInterval(this.clock);
    this.place.removeAttribute("aria-busy");
    this.cancelButton.hidden = true;
  }

  end(request, told) {
    if (request !== this.request) return;
    this.stop();
    this.status.textContent = this.say(told.isRight ? "done" : "failed", { seconds: seconds(this.since) });
    this.told({ ...told, rows: this.place.querySelector("[data-rows]")?.dataset.rows });
  }

  fail(problem) {
    this.stop();
    const key = problem.name === "AbortError" ? "cancelled" : "unreachable";
    this.status.textContent = this.say(key, { seconds: seconds(this.since) });
  }

  swap(page) {
    const made = page.getElementById("answer") ?? page.querySelector("main");
    const focused = this.place.contains(document.activeElement) ? document.activeElement : null;
    this.place.replaceChildren(...(made ? [document.adoptNode(made)] : []));
    keepIdentifiers(this.place);
    offerCopies(this.place);
    if (focused) this.focusLike(focused);
    if (page.title) document.title = page.title;
    const [head, other] = [document, page].map((each) => each.querySelector("h1"));
    if (head && other) head.textContent = other.textContent;
  }

  // The focus goes where it was: to the same field or link, or, after the page was turned, to the head.
  focusLike({ name, tagName, textContent, parentElement }) {
    const plain = (text) => text.replace(/[↕▲▼]/g, "").trim();
    const isTurned = parentElement.closest(".pages");
    const same = [...this.place.querySelectorAll(tagName)].find((other) =>
      other.name === name && plain(other.textContent) === plain(textContent));
    const head = this.place.querySelector("h2");
    if (head) head.tabIndex = -1;
    (isTurned ? head : same ?? head)?.focus();
  }

  // Links that sort, filter, turn pages or change the view lead to the same endpoint.
  followed(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!this.isPage(new URL(link.href)) || link.hasAttribute("download") || link.target) return;
    event.preventDefault();
    this.load(new URL(link.href));
  }

  filtered(event) {
    const form = event.target, address = new URL(form.action);
    if (form.method !== "get" || !this.isPage(address)) return;
    event.preventDefault();
    address.search = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => value));
    this.load(address);
  }

  isPage({ origin, pathname, searchParams, hash }) {
    const isHere = origin === this.endpoint.origin && pathname === this.endpoint.pathname;
    return isHere && !searchParams.has("format") && (!hash || hash === "#answer");
  }
}
