from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_delete


class CatalogConfig(AppConfig):
    name = "tollkeeper.catalog"
    label = "catalog"

    def ready(self) -> None:
        """A file's bytes go when its row is gone for good, however it was deleted."""
        post_delete.connect(_forget_bytes, sender=self.get_model("LessonFile"))


def _forget_bytes(instance: object, **_more: object) -> None:
    file = getattr(instance, "file", None)
    if file:
        transaction.on_commit(lambda: file.storage.delete(file.name))
