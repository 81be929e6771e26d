// <learnerprise-next agent='{"mbox": "mailto:ada@example.org"}' token="learner_..."></learnerprise-next>
//
// Shows what is next for one learner, in any page. `token` comes from POST /tokens with the scopes
// recommendations/read/mine and statements/write; `service` is where the service is (by default, where this file comes
// from), `limit` how many nuggets, `lang` the language. When the token is refused, the element dispatches
// "learnerprise-token": give it a new one by setting the attribute.
(() => {
  const HERE = document.currentScript ? document.currentScript.src.replace(/\/static\/.*$/, "") : "";
  const EXTENSIONS = "https://learnerprise.org/xapi/extensions/";
  const UNDO = "https://www.w3.org/ns/activitystreams#Undo";
  const VERBS = {
    not_for_me: "https://w3id.org/xapi/acrossx/verbs/disliked",
    done: "http://adlnet.gov/expapi/verbs/completed",
    later: "https://learnerprise.org/xapi/verbs/postponed",
  };
  const WORDS = {
    en: { next: "Next for you", open: "Open", not_for_me: "Not for me", done: "Done", later: "Later", undo: "Undo", told: "Noted: {title}", nothing: "There is nothing to suggest yet.", failed: "This part cannot be shown now. Load the page again.", formal: "Formal", informal: "Informal", social: "Social", minutes: "min" },
    ca: { next: "A continuació", open: "Obre", not_for_me: "No m’interessa", done: "Fet", later: "Més tard", undo: "Desfés", told: "Anotat: {title}", nothing: "Encara no hi ha res per suggerir.", failed: "Aquesta part no es pot mostrar ara. Torneu a carregar la pàgina.", formal: "Formal", informal: "Informal", social: "Social", minutes: "min" },
    es: { next: "A continuación", open: "Abrir", not_for_me: "No es para mí", done: "Hecho", later: "Más tarde", undo: "Deshacer", told: "Anotado: {title}", nothing: "Todavía no hay nada que sugerir.", failed: "Esta parte no se puede mostrar ahora. Vuelva a cargar la página.", formal: "Formal", informal: "Informal", social: "Social", minutes: "min" },
    de: { next: "Als Nächstes", open: "Öffnen", not_for_me: "Passt nicht", done: "Erledigt", later: "Später", undo: "Rückgängig", told: "Notiert: {title}", nothing: "Noch gibt es nichts vorzuschlagen.", failed: "Dieser Teil kann gerade nicht gezeigt werden. Laden Sie die Seite neu.", formal: "Formell", informal: "Informell", social: "Sozial", minutes: "min" },
    fr: { next: "À suivre", open: "Ouvrir", not_for_me: "Pas pour moi", done: "Fait", later: "Plus tard", undo: "Annuler", told: "C’est noté : {title}", nothing: "Il n’y a encore rien à suggérer.", failed: "Cette partie ne peut pas être affichée. Rechargez la page.", formal: "Formel", informal: "Informel", social: "Social", minutes: "min" },
  };
  const STYLE = `
    :host { display: block; color-scheme: light dark; font: 1rem/1.5 ui-sans-serif, system-ui, sans-serif; color: light-dark(#1d2327, #e9edee); container-type: inline-size; }
    h2 { font-size: 1.1875rem; margin: 0 0 .75rem; } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } p { margin: 0; }
    ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); }
    li { display: flex; flex-direction: column; gap: .375rem; padding: .875rem 1rem .375rem; border: 1px solid light-dark(#e3ded6, #343e43); border-radius: .75rem; background: light-dark(#fff, #1c2225); min-width: 0; }
    .facts { font-size: .8125rem; color: light-dark(#58626a, #a3afb5); } .why { font-size: .875rem; padding-inline-start: .75rem; border-inline-start: 2px solid light-dark(#14565a, #7cc7c3); }
    .mod { font-weight: 600; } .formal { color: light-dark(#3b4f8f, #a9b8f0); } .informal { color: light-dark(#1a6a63, #77cfc5); } .social { color: light-dark(#a34a14, #f0a877); }
    .acts { display: flex; flex-wrap: wrap; gap: 0 .875rem; margin-top: auto; padding-top: .25rem; border-top: 1px solid light-dark(#e3ded6, #343e43); font-size: .8125rem; }
    a, button { all: unset; cursor: pointer; padding: .375rem 0; min-height: 1.5rem; color: light-dark(#58626a, #a3afb5); } a, .undo { color: light-dark(#14565a, #7cc7c3); font-weight: 600; margin-inline-end: auto; }
    a:hover, button:hover { text-decoration: underline; } a:focus-visible, button:focus-visible { outline: 3px solid light-dark(#14565a, #7cc7c3); outline-offset: 2px; }
    [role=status] { display: flex; gap: 1rem; align-items: baseline; padding: .25rem 1rem; margin-bottom: .75rem; border-radius: .5rem; background: light-dark(#e3efee, #1d3537); overflow-wrap: anywhere; } [role=status]:empty { display: none; }`;

  const make = (name, text, className) => Object.assign(document.createElement(name), { textContent: text ?? "", className: className ?? "" });
  const safe = (address) => { try { return /^https?:$/.test(new URL(address).protocol) ? address : ""; } catch { return ""; } };
  const minutes = (duration) => { const found = /^PT(?:(\d+)H)?(?:(\d+)M)?/.exec(duration ?? ""); return found ? Number(found[1] ?? 0) * 60 + Number(found[2] ?? 0) : 0; };

  class LearnerpriseNext extends HTMLElement {
    static observedAttributes = ["agent", "token", "service", "lang", "limit"];

    constructor() {
      super();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.root = this.attachShadow({ mode: "open" });
      this.root.adoptedStyleSheets = [sheet];
      this.told = make("div");
      this.told.setAttribute("role", "status");
      this.list = make("ul");
      this.heading = make("h2");
      this.root.append(this.heading, this.told, this.list);
    }

    connectedCallback() { this.plan(); }
    attributeChangedCallback() { if (this.isConnected) this.plan(); }
    plan() { clearTimeout(this.planned); this.planned = setTimeout(() => this.show()); }

    get words() { const wanted = (this.getAttribute("lang") || document.documentElement.lang || navigator.language).slice(0, 2); return WORDS[wanted] ?? WORDS.en; }
    get language() { return Object.keys(WORDS).find((one) => WORDS[one] === this.words); }

    async ask(path, options = {}) {
      const headers = { Authorization: `Bearer ${this.getAttribute("token")}`, "X-Experience-API-Version": "1.0.3", ...options.headers };
      const answer = await fetch((this.getAttribute("service") || HERE) + path, { ...options, headers });
      if (answer.status === 401) this.dispatchEvent(new CustomEvent("learnerprise-token", { bubbles: true, composed: true }));
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    }

    async show() {
      this.heading.textContent = this.words.next;
      if (!this.getAttribute("token") || !this.getAttribute("agent")) return;
      const query = new URLSearchParams({ agent: this.getAttribute("agent"), limit: this.getAttribute("limit") || "3", answer_language: this.language });
      try {
        const found = await this.ask(`/recommendations/nuggets?${query}`);
        const cards = found.recommendations.map((one) => this.card(one));
        this.list.replaceChildren(...(cards.length ? cards : [make("li", found.message || this.words.nothing)]));
      } catch {
        this.list.replaceChildren(make("li", this.words.failed));
      }
    }

    card({ activity, reasons }) {
      const definition = activity.definition ?? {}, extensions = definition.extensions ?? {};
      const titles = definition.name ?? {}, title = titles[this.language] ?? Object.values(titles)[0] ?? activity.id;
      const card = make("li"), facts = make("div", "", "facts"), acts = make("div", "", "acts");
      const modality = extensions[`${EXTENSIONS}modality`], takes = minutes(extensions[`${EXTENSIONS}duration`]);
      if (this.words[modality]) facts.append(make("span", this.words[modality], `mod ${modality}`), " ");
      facts.append([extensions[`${EXTENSIONS}format`], takes && `${takes} ${this.words.minutes}`].filter(Boolean).join(" · "));
      const address = safe(definition.moreInfo) || safe(activity.id);
      const open = address ? Object.assign(make("a", this.words.open), { href: address, target: "_blank", rel: "noopener noreferrer" }) : make("span");
      acts.append(open, ...Object.keys(VERBS).map((name) => this.button(name, activity.id, title, crypto.randomUUID())));
      card.append(facts, make("h3", title), make("p", reasons.join(". "), "why"), acts);
      return card;
    }

    button(name, activity, title, id) {
      const button = make("button", this.words[name]);
      button.setAttribute("aria-label", `${this.words[name]}: ${title}`);
      button.addEventListener("click", async () => {
        // The id is made with the card, so that a double click stores the Statement once.
        const done = await this.store({ id, verb: { id: VERBS[name] }, object: { id: activity, definition: { name: { und: title } } } });
        if (done) this.tell(title, id);
      });
      return button;
    }

    tell(title, id) {
      const undo = make("button", this.words.undo, "undo");
      undo.setAttribute("aria-label", `${this.words.undo}: ${title}`);
      undo.addEventListener("click", async () => {
        if (await this.store({ id: crypto.randomUUID(), verb: { id: UNDO }, object: { objectType: "StatementRef", id } })) this.told.replaceChildren();
      }, { once: true });
      this.told.replaceChildren(make("span", this.words.told.replace("{title}", title)), undo);
      undo.focus();
    }

    async store(statement) {
      try {
        const body = JSON.stringify({ actor: JSON.parse(this.getAttribute("agent")), ...statement });
        await this.ask("/xapi/statements", { method: "POST", headers: { "Content-Type": "application/json" }, body });
        await this.show();
        return true;
      } catch {
        this.told.replaceChildren(make("span", this.words.failed));
        return false;
      }
    }
  }
  customElements.define("learnerprise-next", LearnerpriseNext);
})();
