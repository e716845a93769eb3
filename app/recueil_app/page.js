/* What Streamlit leaves to the browser: links that keep the session, the page's language, where
   to look after a move, the dossier kept between visits, the keys of the question's box, copy and
   print, and what to do once a session is over. */

const STORE = 'recueil-qa.dossier.1'; // the number of the dossier's format
const TYPING = 400; // ms without a key before a note is sent
const AGAIN = 1000; // ms between two looks at a server that answers no more
const PATIENCE = 3000; // ms for the page to be drawn after a move, once its script has run
const OUT_OF_REACH = ['inert', 'aria-hidden']; // what keeps an element from who reads or clicks

export default function ({ data, setTriggerValue }) {
  const own = (window.recueilPage ??= listen());
  own.send = setTriggerValue;
  // The server says it with a page; here it changes within a visit.
  document.documentElement.lang = data.language;
  own.names = data.names;
  own.over = data.over;
  own.rename();
  keep(own, data);
  if (own.place !== data.place) {
    const first = own.place === undefined;
    own.place = data.place;
    settle(own, data, first);
  }
}

function listen() {
  const own = { send: () => {}, known: null, names: {}, scrolls: {} };
  const click = (event) => {
    if (event.detail === 0 && event.target.closest?.('button, nav.narrow a')) stay(own, event.target);
    const link = event.target.closest?.('a[href^="?"]');
    if (link && !event.button && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      remember(own);
      own.send('go', link.getAttribute('href'));
    }
    const skip = event.target.closest?.('a[href="#contenu"]');
    if (skip) {
      event.preventDefault();
      look(document.querySelector('#contenu'));
    }
    const act = event.target.closest?.('button[data-rq-do]');
    if (act?.dataset.rqDo === 'print') window.print();
    if (act?.dataset.rqDo === 'copy') copy(act);
    if (act?.dataset.rqReference) own.send(act.dataset.rqDo, act.dataset.rqReference);
  };
  const changed = (event) => {
    if (event.key === STORE && event.newValue !== own.known) {
      own.known = event.newValue;
      own.send('changed', event.newValue ?? '');
    }
  };
  /* Streamlit's own names are in English, and set again with every drawing. */
  own.rename = () => {
    Object.entries(own.names).forEach(([selector, name], i) => {
      for (const element of document.querySelectorAll(`${selector}, [data-rq-named="${i}"]`)) {
        element.dataset.rqNamed = i;
        if (element.ariaLabel !== name) element.ariaLabel = name;
      }
    });
    document.querySelector('.st-key-typed textarea')?.setAttribute('aria-describedby', 'question-hint');
    // Streamlit names a switch by its label as written for Markdown, backslashes and all.
    const sends = document.querySelector('.st-key-reader-on input');
    const name = sends?.closest('label').textContent.replaceAll('\u2060', '');
    if (name && sends.ariaLabel !== name) sends.ariaLabel = name;
    // Read out when it changes: the place has to be there, and known, before that.
    document.querySelector('.st-key-reading')?.setAttribute('aria-live', 'polite');
    own.renaming = 0;
  };
  new MutationObserver(() => {
    own.renaming ||= requestAnimationFrame(own.rename);
  }).observe(document.body, { childList: true, subtree: true });
  new MutationObserver(() => over(own)).observe(document.body, {
    subtree: true, attributeFilter: ['data-test-connection-state'],
  });
  const quiet = (is) => document.querySelector('ul.map')?.classList.toggle('quiet', is);
  document.addEventListener('keydown', (event) => {
    own.key = performance.now();
    if (event.key === 'Escape') quiet(true);
    if (event.key === 'Enter') submit(event);
  });
  document.addEventListener('focusin', () => quiet(false));
  document.addEventListener('mouseover', (event) => event.target.closest?.('ul.map a') && quiet(false));
  document.addEventListener('input', (event) => type(own, event.target));
  document.addEventListener('click', (event) => hold(own, event), true);
  document.addEventListener('click', click);
  window.addEventListener('popstate', () => {
    remember(own);
    own.back = true;
  });
  window.addEventListener('storage', changed);
  return own;
}

/* Who signed off elsewhere, or is no longer known, would be told of a "Connection error". The link
   opens the same page, with what was typed and could not be sent: it leads through the sign-on. */
async function over(own) {
  const states = ['CONNECTED', 'INITIAL', 'CONNECTING'];
  const state = document.querySelector('[data-testid="stApp"]')?.dataset.testConnectionState;
  if (own.asking || !own.over || states.includes(state) || document.querySelector('dialog.over')) return;
  own.asking = true;
  try {
    const reply = await fetch('/_stcore/host-config', { cache: 'no-store', redirect: 'manual' });
    if (reply.status === 401 || reply.type === 'opaqueredirect') say(own.over);
  } catch {
    /* The server itself is away, which Streamlit says: one that comes back may know nobody. */
  }
  own.asking = false;
  setTimeout(over, AGAIN, own);
}

function say({ title, text, link }) {
  const here = new URL(location.href);
  const typed = document.querySelector('.st-key-typed textarea')?.value.trim();
  if (typed) here.searchParams.set('q', typed);
  const dialog = document.createElement('dialog');
  dialog.className = 'rq over';
  const part = (tag, words) => dialog.appendChild(Object.assign(document.createElement(tag), { textContent: words }));
  part('h2', title).id = 'over-title';
  part('p', text);
  Object.assign(part('p', '').appendChild(document.createElement('a')), { textContent: link, href: here.href });
  dialog.setAttribute('aria-labelledby', 'over-title');
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  document.querySelector('[data-testid="stApp"]').append(dialog);
  dialog.showModal();
  reachable(dialog);
}

/* Streamlit's own dialog, of a lost connection, puts all else out of reach, before this one or after. */
function reachable(dialog) {
  const free = () => {
    for (let node = dialog; node; node = node.parentElement) {
      for (const name of OUT_OF_REACH) node.removeAttribute(name);
    }
  };
  const watch = new MutationObserver(free);
  for (let node = dialog; node; node = node.parentElement) watch.observe(node, { attributeFilter: OUT_OF_REACH });
  free();
}

/* The server doesn't know a returning visitor: her browser does. Nothing is written before what
   was stored has been told, in each visit: a server that restarted knows nothing again. */
function keep(own, { visit, dossier, pending }) {
  if (own.visit !== visit) Object.assign(own, { visit, told: false, known: null });
  if (dossier === null) {
    const found = stored();
    if (!own.told && (found || pending)) {
      Object.assign(own, { told: true, known: found });
      if (!found) store(own, pending);
      own.send('stored', found);
    }
  } else if (own.known !== dossier) {
    store(own, dossier);
  }
}

function store(own, dossier) {
  own.known = dossier;
  try {
    localStorage.setItem(STORE, dossier);
  } catch {
    /* A browser that forbids storage keeps the dossier for the visit only. */
  }
}

function stored() {
  try {
    return localStorage.getItem(STORE) ?? '';
  } catch {
    return '';
  }
}

/* A note is sent while it is typed: Streamlit would wait until the field is left, and a reload or
   an export at once would miss it. */
function type(own, field) {
  if (!field.closest?.('[class*="st-key-note-"], .st-key-dossier-title')) return;
  own.typed = performance.now();
  clearTimeout(own.typing);
  own.typing = setTimeout(() => {
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
  }, TYPING);
}

/* Streamlit sends a box of several lines on Ctrl + Enter only; everyone tries Enter first. The Enter
   that ends a composition (accents, other scripts) is part of the typing. */
function submit(event) {
  const box = event.target.closest?.('.st-key-typed textarea');
  if (!box || event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
}

/* An export asked for right after typing waits for what was typed. */
function hold(own, event) {
  const button = event.target.closest?.('[class*="st-key-export-"] button');
  if (!button || !own.typed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const start = performance.now();
  const step = () => {
    const waited = performance.now() - start;
    if (waited < 2 * TYPING || !idle()) {
      requestAnimationFrame(step);
    } else {
      own.typed = 0;
      button.click();
    }
  };
  requestAnimationFrame(step);
}

function remember(own) {
  own.scrolls[own.place] = main()?.scrollTop;
}

function idle() {
  return document.querySelector('[data-test-script-state="notRunning"]');
}

function main() {
  return document.querySelector('[data-testid="stMain"]');
}

/* A button pressed by keyboard may vanish with what it did, and so may a link that narrows: stay
   near it. */
function stay(own, target) {
  const reference = target.closest('[data-rq-reference]')?.dataset.rqReference;
  const near = [];
  for (let place = target.closest('[class*="st-key-"]'); place; place = place.parentElement.closest('[class*="st-key-"]')) {
    near.push(`.${CSS.escape([...place.classList].find((name) => name.startsWith('st-key-')))}`);
  }
  const end = performance.now() + PATIENCE;
  const step = () => {
    if (document.activeElement === document.body) {
      const same = reference && document.querySelector(`${near[0]} [data-rq-reference="${CSS.escape(reference)}"]`);
      const places = near.map((name) => {
        const place = document.querySelector(name);
        return place?.querySelector('a[aria-current]') ?? place?.querySelector('button:enabled, input, a');
      });
      look(same || (places.find(Boolean) ?? document.querySelector('#contenu')));
    } else if (performance.now() < end || !idle()) {
      own.staying = requestAnimationFrame(step);
    }
  };
  cancelAnimationFrame(own.staying);
  own.staying = requestAnimationFrame(step);
}

/* After a move, go to the line asked for, else to the top, and take the keyboard along. */
function settle(own, { anchor, focus }, first) {
  const began = performance.now();
  const end = began + PATIENCE;
  const step = () => {
    const mark = document.querySelector(`[data-rq-place="${CSS.escape(own.place)}"]`);
    const target = anchor && document.querySelector('[data-rq-line]');
    const box = focus && document.querySelector('.st-key-typed textarea');
    if (mark && (!anchor || target) && (!focus || box)) { // drawn one after the other
      if (target) {
        target.scrollIntoView({ block: 'center' });
        target.focus({ preventScroll: true });
        return;
      }
      const former = own.back ? own.scrolls[own.place] : 0;
      own.back = false;
      main()?.scrollTo(0, former ?? 0);
      if (former || own.key > began) return; // a reader who is already on her way stays on it
      if (focus) {
        look(box);
      } else if (!first && !document.activeElement?.closest('input, textarea, [data-testid="stSidebar"]')) {
        look(mark);
      }
    } else if (performance.now() < end || !idle()) {
      own.frame = requestAnimationFrame(step);
    }
  };
  cancelAnimationFrame(own.frame);
  own.frame = requestAnimationFrame(step);
}

function look(element) {
  element?.focus({ preventScroll: true });
}

async function copy(button) {
  const said = button.parentElement.querySelector('[role="status"]');
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = button.dataset.rqDone;
  } catch {
    // Outside https and localhost there is no clipboard: the address is shown, to be copied.
    said.textContent = location.href;
  }
}
