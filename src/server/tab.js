// What keeps a tab alive over an upgrade, an ended session and a database that is gone. It stands inline in every page, before
// the program and apart from it: it must work when the program's own pieces can no longer be loaded.
//
// - Every answer says which build the server is (header clientele-build). Once it differs from the page's, the next link is
//   followed as a full load; while something is typed, the person is asked.
// - 401: to the login and back. 503: the call waits and is tried again, so the form that made it is only busy for longer.
// - A piece of WebAssembly that does not come: it is asked for again, and in the end the page that was wanted is loaded from
//   the server.
// - Before it leaves a page this way it keeps what was typed in sessionStorage, and puts it back afterwards.
(() => {
  const root = document.documentElement;
  // `staff` is the id of who is logged in.
  const { build: ours, staff, texts } = JSON.parse(root.dataset.tab);
  const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const now = () => performance.now();

  // --- what was typed ---------------------------------------------------------------------------------------------------

  // Fields that were touched, with the value from before. Only fields of forms that save something: searches are in the URL.
  const bases = new Map();
  const saves = (form) => form && form.getAttribute('method') !== 'get' && form.getAttribute('role') !== 'search';
  const isField = (el) => el?.matches?.('input, textarea, select') && saves(el.form) && (el.name || el.id) && !el.readOnly
    && !['password', 'hidden', 'file', 'submit', 'button'].includes(el.type);
  const isTick = (el) => el.type === 'checkbox' || el.type === 'radio';
  const value = (el) => (isTick(el) ? el.checked : el.value);
  const touch = (el, base = value(el)) => { if (isField(el) && !bases.has(el)) bases.set(el, base); };
  addEventListener('focusin', (event) => touch(event.target), true);
  addEventListener('change', (event) => isTick(event.target) && touch(event.target, !event.target.checked), true);
  const forget = (within) => { for (const el of bases.keys()) if (!el.isConnected || within?.contains(el)) bases.delete(el); };
  // A dialog that was closed is used again for something else.
  addEventListener('close', (event) => { forget(event.target); host(); }, true);

  const typed = () => [...bases].filter(([el, base]) => el.isConnected && el.getClientRects().length && value(el) !== base);
  const nameOf = (form) => form.id || form.closest('dialog')?.id || `${form.className} ${form.getAttribute('action') ?? ''}`;
  const sameName = (el) => [...el.form.elements].filter((other) => (other.name || other.id) === (el.name || el.id));

  const STORE = 'clientele.typed';
  const keep = () => {
    const forms = new Map();
    for (const [el, base] of typed()) {
      const dialog = el.closest('dialog');
      const kept = forms.get(el.form) ?? {
        path: location.pathname, staff, form: nameOf(el.form), dialog: dialog?.id,
        title: dialog?.querySelector('.dialog-title')?.textContent, fields: [],
      };
      kept.fields.push({ name: el.name || el.id, at: sameName(el).indexOf(el), base, value: value(el) });
      forms.set(el.form, kept);
    }
    store([...waiting, ...forms.values()]);
  };
  const store = (all) => (all.length ? sessionStorage.setItem(STORE, JSON.stringify(all)) : sessionStorage.removeItem(STORE));

  // What was typed and not yet put back: its form may stand in a dialog that has to be opened first.
  let waiting = JSON.parse(sessionStorage.getItem(STORE) ?? '[]');
  // Another member on the same tab must not find it.
  if (staff) {
    waiting = waiting.filter((kept) => kept.staff === staff);
    store(waiting);
  }

  const fields = (kept) => {
    const form = [...document.forms].find((form) => saves(form) && nameOf(form) === kept.form);
    if (!form || (kept.dialog && !form.closest('dialog[open]'))) return undefined;
    const found = kept.fields.map(({ name, at }) => [...form.elements].filter((el) => (el.name || el.id) === name)[at]);
    // A dialog serves many things: only the one that starts from the same values is the same.
    const same = found.every((el, i) => el && (!kept.dialog || value(el) === kept.fields[i].base));
    return same ? found : undefined;
  };
  const fill = (el, kept) => {
    if (value(el) === kept.value) return;
    if (isTick(el)) return el.click();
    el.value = kept.value;
    for (const kind of ['input', 'change']) el.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  const putBack = () => {
    if (!root.dataset.hydrated) return;
    for (const kept of [...waiting]) {
      const found = kept.path === location.pathname && fields(kept);
      if (!found) continue;
      waiting = waiting.filter((other) => other !== kept);
      const all = () => found.forEach((el, i) => { bases.set(el, kept.fields[i].base); fill(el, kept.fields[i]); });
      all();
      // Once more: a part of the page that was not awake yet has put its own values there.
      setTimeout(all, 400);
      notice('restored', { text: say('restored'), actions: [[say('dismiss'), hide]], seconds: 20 });
    }
    store(waiting);
    if (!waiting.length) watcher.disconnect();
  };
  const watcher = new MutationObserver(putBack);
  const discard = () => { waiting = []; putBack(); hide(); };
  const announce = () => {
    const closed = waiting.find((kept) => kept.path === location.pathname && kept.dialog);
    if (closed) notice('waiting', { text: say('waiting', { form: closed.title }), actions: [[say('discard'), discard]], seconds: 60 });
  };
  if (waiting.length && staff) {
    addEventListener('DOMContentLoaded', () => {
      const options = { subtree: true, childList: true, attributes: true, attributeFilter: ['open', 'data-hydrated'] };
      watcher.observe(root, options);
      const awake = setInterval(() => { if (root.dataset.hydrated) { clearInterval(awake); putBack(); announce(); } }, 100);
    });
  }

  // --- what is said about it ----------------------------------------------------------------------------------------------

  // One line at the top of the window. While a dialog is open everything outside of it is dead, so then it stands in there.
  let shown;
  const host = () => {
    if (!shown) return;
    const open = [...document.querySelectorAll('dialog[open]')].pop() ?? document.body;
    if (shown.element.parentNode !== open) open.append(shown.element);
    if (!shown.element.matches(':popover-open')) shown.element.showPopover?.();
  };
  const hide = () => { clearTimeout(shown?.timer); shown?.element.remove(); shown = undefined; };
  const notice = (kind, { text, actions, seconds }) => {
    const part = (tag, className, content) => Object.assign(document.createElement(tag), { className, textContent: content });
    if (shown?.kind !== kind) {
      hide();
      const element = part('div', 'toasts tab-notice');
      element.setAttribute('popover', 'manual');
      element.setAttribute('role', 'alert');
      const line = part('div', 'toast');
      line.append(part('p', 'toast-text'));
      for (const [label, act] of actions) {
        const button = part('button', 'btn btn-inverse', label);
        button.type = 'button';
        button.onclick = () => act();
        line.append(button);
      }
      element.append(line);
      shown = { kind, element };
      if (seconds) shown.timer = setTimeout(hide, seconds * 1000);
    }
    shown.element.querySelector('p').textContent = text;
    host();
  };

  // --- leaving --------------------------------------------------------------------------------------------------------------

  // Where one is going: the address bar follows only when the page has come.
  const wanted = () => new URL(root.dataset.going || location.href, location.href).href;
  let leaving = false;
  const leave = (url) => {
    leaving = true;
    keep();
    if (url === location.href) location.reload();
    else location.assign(url);
  };
  // What will be answered elsewhere: whoever waits for it is gone by then.
  const never = () => new Promise(() => {});
  // Never in circles: where the reload has not helped, another one will not.
  const mayReload = () => {
    const last = Number(sessionStorage.getItem('clientele.reloaded'));
    if (Date.now() - last < 10000) return false;
    sessionStorage.setItem('clientele.reloaded', Date.now());
    return true;
  };

  // --- another build ----------------------------------------------------------------------------------------------------------

  let stale = false;
  const offer = () => notice('stale', { text: say('stale'), actions: [[say('reload'), () => leave(location.href)], [say('later'), hide]] });
  const hear = (build) => {
    if (stale || !build || build === ours) return;
    stale = true;
    if (typed().length) offer();
  };
  addEventListener('focusin', () => stale && !shown && typed().length && offer(), true);
  addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute('download') || link.rel === 'external') return;
    forget();
    // The program of the old build does not get to see it, so the browser follows it.
    if (stale && !typed().length && link.pathname + link.search !== location.pathname + location.search) event.stopImmediatePropagation();
  }, true);
  let asked = now();
  document.addEventListener('visibilitychange', async () => {
    if (document.hidden || now() - asked < 60000) return;
    asked = now();
    hear(await fetch('/version').then((answer) => (answer.ok ? answer.text() : ''), () => ''));
  });

  // --- calls ------------------------------------------------------------------------------------------------------------------

  let submitted;
  addEventListener('submit', (event) => { submitted = { form: event.target, at: now() }; }, true);

  // All calls wait together. Yields whether to try again.
  let outage;
  let tries = 0;
  const wait = (answer) => (outage ??= new Promise((resolve) => {
    // As long as the server says, and longer each time: 5, 10, 20, 30 s.
    let left = Math.min((Number(answer.headers.get('retry-after')) || 5) * 2 ** tries, 30);
    tries += 1;
    const end = (again) => { clearInterval(clock); outage = undefined; if (!again) hide(); resolve(again); };
    const actions = [[say('now'), () => end(true)], [say('stop'), () => end(false)]];
    const tick = () => (left > 0 ? notice('away', { text: say('away', { seconds: left }), actions }) : end(true));
    // The buttons belong to this wait.
    if (shown?.kind === 'away') hide();
    const clock = setInterval(() => { left -= 1; tick(); }, 1000);
    tick();
  }));

  const network = window.fetch.bind(window);
  const call = async (request, form) => {
    let answer = await network(request.clone());
    while (answer.status === 503 && !request.signal.aborted && (await wait(answer))) answer = await network(request.clone());
    if (answer.status !== 503) {
      tries = 0;
      if (shown?.kind === 'away') hide();
    }
    hear(answer.headers.get('clientele-build'));
    if (answer.status === 401) {
      if (!leaving) {
        const { pathname, search } = new URL(wanted());
        leave(`/login?next=${encodeURIComponent(pathname + search)}&ended=1`);
      }
      return never();
    }
    // What the old build asks for may no longer be there, or not as it asks.
    const misfit = stale && [400, 404, 415].includes(answer.status);
    if (misfit && !leaving && !typed().length && mayReload()) {
      leave(wanted());
      return never();
    }
    if (answer.ok && form) forget(form);
    return answer;
  };
  // A piece of the program that does not come would end all of it. So it is asked for again, and in the end the server is asked
  // for the page that was wanted.
  const PAUSES = [300, 1000, 3000]; // milliseconds
  const LATE = /\/(split|chunk)_[^/]*$/; // the pieces that come when they are needed
  const piece = async (request) => {
    for (const time of PAUSES) {
      const answer = await network(request.clone()).catch(() => undefined);
      // Whole, or not at all: the loader would fail on the half of one. The first and largest is compiled while it comes.
      if (answer?.ok && !LATE.test(request.url)) return answer;
      const body = answer?.ok && (await answer.arrayBuffer().catch(() => undefined));
      if (body) return new Response(body, { headers: answer.headers });
      if (answer?.status === 404) break; // of an older build
      await new Promise((done) => setTimeout(done, time));
    }
    // Not again and again where the new page has the same trouble: it stays as the server wrote it.
    const went = JSON.parse(sessionStorage.getItem('clientele.went') ?? '{}');
    if (went.to !== wanted() || Date.now() - went.at > 60000) {
      sessionStorage.setItem('clientele.went', JSON.stringify({ to: wanted(), at: Date.now() }));
      leave(wanted());
    }
    return never();
  };
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    if (origin === location.origin && pathname.startsWith('/fn/')) {
      const form = submitted && now() - submitted.at < 1000 ? submitted.form : undefined;
      submitted = undefined;
      return call(request, form);
    }
    return origin === location.origin && pathname.endsWith('.wasm') ? piece(request) : network(request);
  };
})();
