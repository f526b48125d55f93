"""The rules between the files of a site, one file per subject. Each `check` is pure and yields mismatches; none stops another."""
