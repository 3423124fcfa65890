// In the page for what is not found, which a host gives at any depth: its links begin at the root of the site,
// the folder above that has the endpoint. What asks must be done before a link is read.
for (let folder = location.pathname; folder;) {
  folder = folder.replace(/[^/]*\/?$/, "");
  const asked = new XMLHttpRequest();
  asked.open("HEAD", `${folder}endpoint/settings.json`, false);
  asked.send();
  if (asked.status === 200) {
    document.write(`<base href="${folder}">`);
    break;
  }
}
