"""An order's page, and paying it by bank transfer."""
