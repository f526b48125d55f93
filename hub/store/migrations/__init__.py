"""The steps from one version of the tables to the next. They are never edited once tagged, and never go back."""
