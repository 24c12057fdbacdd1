"""Webhooks, answered before any framework: verify, gather what waits, settle it in one transaction, answer."""
