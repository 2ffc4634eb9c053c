// Sets a remembered theme before the first paint. A classic script on purpose:
// modules run after the page has been drawn once. theme.js does the rest.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is used then.
}
