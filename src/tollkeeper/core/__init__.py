"""The ground floor: what every room may stand on. Nothing here imports a room."""
