"""Private keys at rest: our own key file, and the containers of others (PKCS#8, PKCS#12) for every suite. It touches no disk."""
