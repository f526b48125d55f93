"""What exists and who may ask: types of supply and demand, and the reading of a site's files. No IO beyond those files."""
