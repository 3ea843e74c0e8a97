// A loader for Node.js: what a module imports is loaded as anew as the module itself was.

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  const { search } = new URL(context.parentURL ?? "file:///");
  return specifier.startsWith("./") && search.startsWith("?load=") ? { ...found, url: found.url + search } : found;
}
