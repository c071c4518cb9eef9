from django.apps import AppConfig


class GuideConfig(AppConfig):
    name = "yihu.guide"
    label = "guide"
    verbose_name = "填报指南"
