"""The front door: `tollkeeper GROUP VERB`. main.py collects the groups; each group is a file."""
