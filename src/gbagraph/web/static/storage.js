// What the editor keeps in the browser. Where nothing can be kept (a private window, a full store), it lasts as
// long as the page.
const TABS = 20;
const RUNS = 50;
const LONGEST = 50_000; // characters of a query that is kept
const EMPTY = { tabs: [], active: "", runs: [] };

export class Storage {
  constructor(name) {
    this.name = name;
    this.content = { ...EMPTY, ...this.read() };
  }

  read() {
    try {
      const found = JSON.parse(localStorage.getItem(this.name));
      return Array.isArray(found?.tabs) && Array.isArray(found.runs) ? found : {};
    } catch {
      return {};
    }
  }

  write(changes) {
    Object.assign(this.content, changes);
    const { tabs, active, runs } = this.content;
    const isKept = ({ query }) => query.length <= LONGEST;
    this.content.runs = runs.filter(isKept).slice(0, RUNS);
    try {
      localStorage.setItem(this.name, JSON.stringify({ tabs: tabs.filter(isKept).slice(-TABS), active, runs: this.content.runs }));
    } catch {
      // Nothing can be kept.
    }
  }

  // A run at the head of those before; the same query once, however it is spaced.
  addRun(run) {
    const plain = ({ query }) => query.replace(/\s+/g, " ").trim();
    this.write({ runs: [run, ...this.content.runs.filter((other) => plain(other) !== plain(run))] });
  }
}
