from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class StorefrontConfig(AppConfig):
    name = "tollkeeper.storefront"
    label = "storefront"

    def ready(self) -> None:
        """Whoever signs in takes along what they read as a guest in this browser."""
        from tollkeeper.storefront.visitor import bring_progress  # noqa: PLC0415  models are ready only now

        user_logged_in.connect(bring_progress)
