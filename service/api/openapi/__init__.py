"""The doors as an OpenAPI document: what each takes, what it answers, who may call it."""
