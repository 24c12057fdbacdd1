"""Reading what was bought: lessons, progress, files, and all of it without a network."""
