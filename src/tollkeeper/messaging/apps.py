from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "tollkeeper.messaging"
    label = "messaging"
