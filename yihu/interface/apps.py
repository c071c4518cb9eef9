from django.apps import AppConfig


class InterfaceConfig(AppConfig):
    name = "yihu.interface"
    label = "interface"
    verbose_name = "接口"
