"""What the commands do. A group's file beside this folder says how it is called, and loads its acts when it is."""
