from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yihu.access"
    label = "access"
    verbose_name = "权限"
