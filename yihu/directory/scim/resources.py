"""People and groups as SCIM shows them: what Yihu keeps, and no address, telephone or password."""

from typing import Annotated, Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _
from scim2_models import (
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    EnterpriseUser,
    ETag,
    Extension,
    Filter,
    Group,
    GroupMember,
    GroupMembership,
    InvalidValueException,
    Meta,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    Schema,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models import User as CoreUser

from yihu.directory import queries
from yihu.directory.models import Group as OurGroup
from yihu.directory.provisioning import Wish
from yihu.directory.rules import PAGE_MOST


def place_of(place: str) -> str:
    """The address of a resource, as `meta.location` and the headers say it."""
    return f"{settings.ADDRESS}/scim/v2/{place}"


class Employment(Extension):
    """EnterpriseUser: the unit that employs the person, by code or name."""

    __schema__ = EnterpriseUser.__schema__

    organization: Annotated[str | None, Required.true, CaseExact.true] = None


class Person(Resource[AnyExtension]):
    """User: somebody whom a unit of the group employs."""

    __schema__ = CoreUser.__schema__

    user_name: Annotated[
        str | None, Required.true, Uniqueness.server, Mutability.immutable, CaseExact.true
    ] = None
    display_name: Annotated[str | None, Required.true] = None
    title: str | None = None
    active: bool | None = None
    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None


User: Any = Person[Annotated[Employment, Required.true]]
TYPES = (ResourceType.from_resource(User), ResourceType.from_resource(Group))
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""What Yihu does not keep is dropped, and the habits of the well-known senders are understood."""


def config() -> ServiceProviderConfig:
    """What of SCIM is served."""
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=PAGE_MOST),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer",
                description=_("信息技术中心在“目录组与角色”页签发的令牌"),
                primary=True,
            )
        ],
        meta=_meta("ServiceProviderConfig", "ServiceProviderConfig"),
    )


def types() -> list[ResourceType]:
    """Users and groups."""
    return [
        one.model_copy(update={"meta": _meta("ResourceType", f"ResourceTypes/{one.id}")})
        for one in TYPES
    ]


def schemas() -> list[Schema]:
    """What a user and a group have; as organization, the units that there are."""
    provider = ScimProvider(models=[Person, Employment, Group], resource_types=TYPES)
    found = list(provider.schemas)
    for schema in found:
        schema.meta = _meta("Schema", f"Schemas/{schema.id}")
        for attribute in schema.attributes or []:
            if attribute.name == "organization":
                attribute.canonical_values = queries.unit_codes()
    return found


def _meta(kind: str, place: str) -> Meta:
    return Meta(resource_type=kind, location=place_of(place))


def user_of(row: Any, groups: list[OurGroup]) -> Any:
    """A person of `queries.people`."""
    user = User(
        id=row.employee_no,
        external_id=row.external_id,
        user_name=row.employee_no,
        display_name=row.name,
        title=row.post or None,
        active=row.status in queries.HERE,
        groups=[
            GroupMembership(
                value=str(group.pk),
                ref=Reference(place_of(f"Groups/{group.pk}")),
                display=group.name,
                type="direct",
            )
            for group in groups
        ]
        or None,
        meta=_meta("User", f"Users/{quote(row.employee_no)}"),
    )
    user[Employment] = Employment(organization=row.unit.code)
    return user


def wish_of(user: Any, *, active: bool) -> Wish:
    """What the identity system says of a person. `active`: where it says nothing of it.

    Raises: InvalidValueException where a PATCH took away the unit.
    """
    work = user[Employment]
    if work is None or not work.organization:
        raise InvalidValueException(detail=_("organization 不能删去，请写单位代码或名称。"))
    return Wish(
        number=user.user_name.strip(),
        name=user.display_name,
        post=user.title or "",
        unit=work.organization.strip(),
        active=active if user.active is None else user.active,
        external_id=user.external_id or None,
    )


def group_of(row: OurGroup, numbers: list[str], names: dict[str, str]) -> Group:
    """A group with its members."""
    return Group(
        id=str(row.pk),
        external_id=row.external_id,
        display_name=row.name,
        members=[
            GroupMember(
                value=number,
                ref=Reference(place_of(f"Users/{quote(number)}")),
                type="User",
                display=names.get(number),
            )
            for number in numbers
        ]
        or None,
        meta=_meta("Group", f"Groups/{row.pk}"),
    )
