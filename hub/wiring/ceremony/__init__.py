"""The key ceremony: own authorities for development, keys and seals of the site's authorities, requests to a real CA, rotation."""
