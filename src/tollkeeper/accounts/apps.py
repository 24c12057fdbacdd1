from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "tollkeeper.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Whoever signs in, by whatever page, sees it in the list of their browsers."""
        from tollkeeper.accounts.sessions import note_sign_in  # noqa: PLC0415  models are ready only now

        user_logged_in.connect(note_sign_in)
