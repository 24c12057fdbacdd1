from django.apps import AppConfig

from tollkeeper.core.runs import works


class MovingInConfig(AppConfig):
    name = "tollkeeper.operations.moving_in"
    label = "moving_in"

    def ready(self) -> None:
        """Offer the run to workers, which take it up when the command that began it was killed."""
        from tollkeeper.operations.moving_in.services import RUN, resume  # noqa: PLC0415  models are ready only now

        works.register(RUN, resume)
