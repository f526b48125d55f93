"""A new department: from its papers to a folder that passes its check, and the check itself. It decides nothing for a person."""
