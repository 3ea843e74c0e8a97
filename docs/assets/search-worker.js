// Stands in for Material's search worker until the first message: then it loads the one named after the "?".
addEventListener("message", function first(event) {
  removeEventListener("message", first);
  importScripts(decodeURIComponent(location.search.slice(1)));
  dispatchEvent(new MessageEvent("message", { data: event.data }));
});
