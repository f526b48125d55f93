"""Pages in Chromium: what they look like to a keyboard, to axe-core and to the CSP."""
