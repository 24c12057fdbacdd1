"""Reading what an earlier system left: CSV files, and dumps as text."""
