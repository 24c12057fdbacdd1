"""Access to courses: granted by settle through the fulfiller, looked up by queries, proven by checks."""
