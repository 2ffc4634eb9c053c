// Package ui is the web gallery: plain HTML, CSS and ES modules in one
// embedded folder. It knows no Go code and exports only an fs.FS; cmd hands
// that to api, which serves it at "/" beside the REST API it talks to.
//
//	index.html            the shell: header, main, one place for each overlay, icons
//	css/                  tokens and basics, grid, pages, overlays
//	js/main.js            wires all below; owns which page is shown
//	   router.js          #/?label=cat  #/image/42  #/search/k1  #/duplicates?threshold=0.95  #/suggestions
//	   gallery.js detail.js search.js duplicates.js suggestions.js   one page each
//	   filter.js filterbar.js filterfields.js              which pictures a page is among: in the address, as chips, as fields
//	   grid.js tile.js notice.js dom.js format.js ...      what pages are made of
//	   change.js model.js    a change of model under way; whether the model is here, without which new pictures are refused
//	   attention.js          what the model looks at, over a picture
//	   deletes.js decisions.js undo.js uploads.js connection.js queries.js   state, without a page
//	   api.js             the only module that speaks HTTP
//
// Invariants:
//   - it works under the content security policy "default-src 'self'; img-src
//     'self' blob: data:": no inline script or style, nothing from elsewhere;
//   - every state that is worth sharing or reloading is in the address: the
//     hash names the page and its filter, and a search's picture is kept in IndexedDB;
//   - a deleted picture disappears at once, and its DELETE is sent when the time for
//     undo has passed or the page is left, whichever is first;
//   - text from the server reaches the page as text nodes, never as HTML;
//   - every picture has its width and height before it loads, so nothing jumps;
//   - of a grid the browser lays out what is in sight, so ten thousand tiles are no burden.
//
// The tests drive a real headless Chromium against the real service. With
// LOOKALIKE_SCREENSHOTS=DIR they also save a picture of every page, dark and
// light, desktop and phone, into DIR:
//
//	LOOKALIKE_SCREENSHOTS=/tmp/shots go test -run TestScreenshots ./ui
package ui
