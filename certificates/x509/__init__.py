"""X.509 for every suite, SM2 among them: issuing, reading, and judging chains. It keeps no keys and fetches nothing."""
