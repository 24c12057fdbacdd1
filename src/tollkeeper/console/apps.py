from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "tollkeeper.console"
    label = "console"
