// Which requests the endpoint answers; for all others there is a file of the site. It has one file packed: the
// names from which the editor completes.

const FILE = /(?<!\/search\/index)\.[a-z]\w{0,6}$/i;
const PAGE_FIRST = /^text\/html(?! *;)/; // programs take one where there is nothing better

// What is sent, has a question, or is a name for several files of which one is chosen. Pages of the site,
// and what they load, are files.
export function isAsked({ url, method, headers, destination }) {
  const { pathname, search } = new URL(url);
  if (!/GET|HEAD/.test(method) || search) return true;
  return !destination && !FILE.test(pathname) && !PAGE_FIRST.test(headers.get("accept"));
}
