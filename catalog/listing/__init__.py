"""A published list of matters (事项清单): read, its names resolved, held against a site's files. The list is kept as it was published."""
