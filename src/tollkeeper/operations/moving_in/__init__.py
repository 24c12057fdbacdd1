"""Moving in: what an earlier system knew, brought into this one."""
