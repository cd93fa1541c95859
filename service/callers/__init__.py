"""Who may call: the access file, the keys of others, tokens, and what each caller is allowed to do."""
