// Caches the page's own files, so that it opens offline. Nothing said in conversations is cached.

const CACHE = "roost-page";
const { scope } = self.registration;
const VERSION = /^static\/([0-9a-f]{16})\//;
const isPage = (path) => path === "" || path.startsWith("static/");

// The address below the page's, without the fragment.
function below(url) {
  const [address] = url.split("#");
  return address.startsWith(scope) ? address.slice(scope.length) : "/";
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Files without a version in their address: from the network, or offline from the cache.
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

// Files of a version never change. Those of other versions are deleted when a new one arrives.
async function lasting(request, version) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (!response.ok || !/immutable/.test(response.headers.get("Cache-Control"))) return response;
  for (const old of await cache.keys()) {
    const [, other = version] = VERSION.exec(below(old.url)) ?? [];
    if (other !== version) await cache.delete(old);
  }
  await cache.put(request, response.clone());
  return response;
}

self.addEventListener("fetch", (event) => {
  const path = below(event.request.url);
  if (event.request.method !== "GET" || !isPage(path) || path.includes("?")) return;
  const [, version] = VERSION.exec(path) ?? [];
  event.respondWith(version ? lasting(event.request, version) : fresh(event.request));
});
