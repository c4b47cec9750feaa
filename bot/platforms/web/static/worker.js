// Caches the page's own files, so that it opens offline. Nothing said in conversations is cached.

const CACHE = "roost-page";
const scope = new URL(self.registration.scope);
const isPage = (url) => url.origin === scope.origin
  && (url.pathname === scope.pathname || url.pathname.startsWith(`${scope.pathname}static/`));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Network first: a page never mixes files of two versions.
async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok && !response.redirected) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && isPage(url) && !url.search) event.respondWith(fresh(event.request));
});
