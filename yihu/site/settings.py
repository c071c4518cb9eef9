"""Settings, from the environment alone; with nothing set, one machine with its own PostgreSQL."""

from datetime import timedelta

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from yihu.access.signing.policies import POLICIES
from yihu.site.database import databases
from yihu.site.home import PACKAGE, ROOT, home, secret, static_root, verifier
from yihu.site.shelves import backups_storage, papers_storage
from yihu.upkeep.logs import logging_config

env = environ.Env()
HOME = home()

DEBUG = False
SECRET_KEY = secret("django-key")
ALLOWED_HOSTS = env.list("YIHU_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("YIHU_ORIGINS", default=[])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "yihu.site.urls"
WSGI_APPLICATION = "yihu.site.wsgi.application"
AUTH_USER_MODEL = "access.User"

INSTALLED_APPS = [
    "yihu.site",
    *(
        f"yihu.{slice_}"
        for slice_ in (
            "audit",
            "org",
            "access",
            "exports",
            "grants",
            "customers",
            "guide",
            "dossiers",
            "disclosure",
            "papers",
            "originals",
            "letters",
            "visits",
            "regulations",
            "contracts",
            "ratings",
            "risks",
            "duties",
            "inspections",
            "outbox",
            "helpdesk",
            "assessment",
            "care",
            "identity",
            "handover",
            "directory",
            "desk",
            "intake",
            "reports",
            "notices",
            "clauses",
            "boards",
            "interface",
            "supervision",
            "upkeep",
        )
    ),
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_cotton",
    "csp",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "yihu.upkeep.middleware.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "yihu.site.middleware.HeadersMiddleware",
    "yihu.upkeep.middleware.MeasureMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yihu.access.middleware.ActorMiddleware",
    "yihu.interface.middleware.PaceMiddleware",
    "yihu.directory.middleware.ScimMiddleware",
    "yihu.site.middleware.TransactionMiddleware",
    "yihu.access.signing.middleware.DoorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

DATABASES = databases()
DATABASE_ROUTERS: list[str] = []
REPLICA_SECONDS = env.int("YIHU_REPLICA_SECONDS", default=30)
"""A replica that lags by more is not read."""

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "site" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "yihu.site.templatetags.signs"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
FORMAT_MODULE_PATH = "yihu.site.formats"
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = static_root()
STATICFILES_DIRS = [path for path in (ROOT / "vendor",) if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "papers": papers_storage(env),
    "backups": backups_storage(env, HOME),
}
BACKUP = env.bool("YIHU_BACKUP", default=True)
BACKUP_KEY_FILE = env.str("YIHU_BACKUP_KEY_FILE", default=str(HOME / "secrets" / "backup-key"))
BACKUP_EVERY = timedelta(minutes=max(env.int("YIHU_BACKUP_MINUTES", default=1440), 15))
BACKUP_KEEP = env.list("YIHU_BACKUP_KEEP", cast=int, default=[7, 4, 12])
"""How many of the last days', weeks' and months' copies are kept."""
UPGRADE_ROWS = env.int("YIHU_UPGRADE_ROWS", default=100_000)
"""A table of more rows is big: `yihu upgrade` locks none for as long as it takes to read it."""
VERIFIER = verifier()
ANCHOR_FILE = env.path("YIHU_ANCHOR_FILE", default=HOME / "anchors.log")
ANCHOR_SYSLOG = env("YIHU_ANCHOR_SYSLOG", default="")
ANCHOR_MAIL = env.list("YIHU_ANCHOR_MAIL", default=[])
MEDIA_ROOT = HOME / "uploads"
PAPERS_MOST_BYTES = env.int("YIHU_UPLOAD_MEGABYTES", default=50) * 1024 * 1024
EXPORT_TEMP = HOME / "exports"
EXPORT_TEMP.mkdir(mode=0o700, parents=True, exist_ok=True)
EXPORT_ROWS = env.int("YIHU_EXPORT_ROWS", default=5000)
EXPORT_AT_ONCE = env.int("YIHU_EXPORT_AT_ONCE", default=1000)
LOG_STRICT = False
"""Whether a line of the log with a key that nobody declared refuses the act: in the tests."""
EXPORT_LEVEL = env.str("YIHU_EXPORT_LEVEL", default="personal")
EXPORTS_A_DAY = env.int("YIHU_EXPORTS_A_DAY", default=5)
EXPORT_LINK_HOURS = min(env.int("YIHU_EXPORT_LINK_HOURS", default=24), 24)
READS_A_MINUTE = env.int("YIHU_READS_A_MINUTE", default=60)
READS_A_DAY = env.int("YIHU_READS_A_DAY", default=600)
INTERFACE_A_MINUTE = env.int("YIHU_INTERFACE_A_MINUTE", default=120)
OUTBOUND_HOSTS = env.list("YIHU_OUTBOUND_HOSTS", default=[])
SCIM_A_MINUTE = env.int("YIHU_SCIM_A_MINUTE", default=600)
HR_FOLDER = env.str("YIHU_HR_FOLDER", default="")
EVENTS_KEPT_DAYS = env.int("YIHU_EVENTS_KEPT_DAYS", default=400)
WEBHOOK_FIRST_SECONDS = env.float("YIHU_WEBHOOK_FIRST_SECONDS", default=5.0)
WHITENOISE_MAX_AGE = 31_536_000

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "desk:home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
SESSION_ENGINE = "yihu.access.sessions"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
DEMO = env.bool("YIHU_DEMO", default=False)
AUTH_PASSWORD_VALIDATORS, PASSWORD_DAYS = POLICIES[env.str("YIHU_PASSWORDS", default="mlps")]
SECOND_FACTOR = env.bool("YIHU_SECOND_FACTOR", default=not DEMO)
DORMANT_WARN_DAYS = env.int("YIHU_DORMANT_WARN_DAYS", default=60)
DORMANT_DAYS = env.int("YIHU_DORMANT_DAYS", default=90)
OIDC = {
    "issuer": env.str("YIHU_OIDC_ISSUER", default=""),
    "client": env.str("YIHU_OIDC_CLIENT", default="yihu"),
    "secret": env.str("YIHU_OIDC_SECRET", default=""),
    "scope": env.str("YIHU_OIDC_SCOPE", default="openid profile"),
    "claim": env.str("YIHU_OIDC_CLAIM", default="preferred_username"),
    "groups": env.str("YIHU_OIDC_GROUPS", default=""),
}
LDAP = {
    "url": env.str("YIHU_LDAP_URL", default=""),
    "bind_dn": env.str("YIHU_LDAP_BIND_DN", default=""),
    "bind_password": env.str("YIHU_LDAP_BIND_PASSWORD", default=""),
    "base": env.str("YIHU_LDAP_BASE", default=""),
    "attribute": env.str("YIHU_LDAP_ATTRIBUTE", default="employeeNumber"),
    "groups": env.str("YIHU_LDAP_GROUPS", default=""),
    "starttls": env.bool("YIHU_LDAP_STARTTLS", default=True),
    "ca": env.str("YIHU_LDAP_CA", default=""),
}
IDLE_SECONDS = 60 * env.int("YIHU_IDLE_MINUTES", default=30)
SESSION_COOKIE_AGE = 3600 * env.int("YIHU_SESSION_HOURS", default=12)
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE = env.bool("YIHU_SECURE", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
PROXIES = env.int("YIHU_PROXIES", default=1 if SECURE else 0)
_OWN_HOST = "__Host-" if SECURE else ""  # no other host of the domain can set such a cookie
SESSION_COOKIE_NAME = f"{_OWN_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_OWN_HOST}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_OWN_HOST}language"
DEVICE_COOKIE_NAME = f"{_OWN_HOST}yihu-device"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # `yihu worker` finds them; others need not wait
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 3600}  # at its start, what the last hour missed
ADDRESS = env("YIHU_ADDRESS", default="http://localhost:8000").rstrip("/")
BOT_HOSTS = env.list(
    "YIHU_BOT_HOSTS", default=["qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"]
)
BOT_HOSTS_PLAIN = env.list("YIHU_BOT_HOSTS_PLAIN", default=[])
EMAIL_HOST = env("YIHU_SMTP_HOST", default="localhost")
EMAIL_PORT = env.int("YIHU_SMTP_PORT", default=25)
EMAIL_HOST_USER = env("YIHU_SMTP_USER", default="")
EMAIL_HOST_PASSWORD = env("YIHU_SMTP_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("YIHU_SMTP_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("YIHU_MAIL_FROM", default="yihu@localhost")
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = logging_config(env.str("YIHU_LOG", default="lines"))
SLOW_SECONDS = env.int("YIHU_SLOW_MILLISECONDS", default=500) / 1000
SLOW_FILE = HOME / "slow.jsonl"
METRICS_TOKEN = env.str("YIHU_METRICS_TOKEN", default="")
