// The program comes in pieces, and a piece may fail to come: the network drops, the page is being left, the server has been
// upgraded since. The loader would end the whole program then. So a piece that fails is asked for again, and in the end the
// browser is sent to where it was going, with a page that the server renders. A page that is left has no time to do either.
(() => {
  const plain = window.fetch;
  const PAUSES = [300, 1000, 3000]; // milliseconds
  const pause = (time) => new Promise((done) => setTimeout(done, time));

  async function piece(what, how) {
    for (const time of PAUSES) {
      const answer = await plain(what, how).catch(() => null);
      if (answer && answer.ok) return answer;
      if (answer && answer.status === 404) break; // of an older build
      await pause(time);
    }
    const going = document.documentElement.dataset.going || location.pathname + location.search;
    // Not again and again where the new page has the same trouble: it stays as the server wrote it.
    if (sessionStorage.getItem('clientele-went') !== going) {
      sessionStorage.setItem('clientele-went', going);
      location.assign(going);
    }
    return new Promise(() => {});
  }

  window.fetch = (what, how) => {
    const path = new URL(what.url || what, location.href).pathname;
    return path.endsWith('.wasm') ? piece(what, how) : plain(what, how);
  };
})();
