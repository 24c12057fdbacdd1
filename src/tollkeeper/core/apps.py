from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "tollkeeper.core"
    label = "core"
