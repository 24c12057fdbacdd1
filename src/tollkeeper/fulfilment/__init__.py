"""What the customer gets for the money."""
