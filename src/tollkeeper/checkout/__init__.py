"""The counter: the shop and, later, the API both stand at it."""
