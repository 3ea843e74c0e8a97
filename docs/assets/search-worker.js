// Stands in for Material's search worker until the first message: then it loads the one named after the "?".
// It hands queries on without a lone 0, which that worker cannot look up, and without `nn.`, `torch.` and `a=`,
// which are everywhere and would outweigh the words that matter.
const END = /[\s\-,:!=[\]()"'/`{}<>*+.]/.source;
const ZERO = new RegExp(`(^|${END})0(?=$|${END})`, "g");
const MATERIAL = /^\?(javascripts\/workers\/[\w.]+\.js)$/;
const QUERY = 2;
let loaded = false;

addEventListener("message", (event) => {
  const message = event.data;
  if (!loaded) importScripts(MATERIAL.exec(decodeURIComponent(location.search))?.[1]);
  const seen = loaded;
  loaded = true;
  if (message.type === QUERY && !message.plain) {
    event.stopImmediatePropagation();
    const data = message.data.replace(ZERO, "$1 ").replace(/\b(nn|torch)\.(?=\w)|\ba=/g, "");
    dispatchEvent(new MessageEvent("message", { data: { ...message, data, plain: true } }));
  } else if (!seen) {
    event.stopImmediatePropagation();
    dispatchEvent(new MessageEvent("message", { data: message }));
  }
});
