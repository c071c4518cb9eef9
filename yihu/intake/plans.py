"""How each kind of ledger is settled against the database: one description a kind.

A plan is pieces of SQL over the staging table `intake_row` (alias r), which `queries.classify`
joins into one statement. `%(unit)s` is the unit of the session, never of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yihu.contracts.rules import NOT_EARLY


@dataclass(frozen=True, slots=True)
class Check:
    """`condition` true: the row has this problem at this field (never NULL)."""

    code: str
    field: str
    condition: str


@dataclass(frozen=True, slots=True)
class Warn:
    """`query`: rows (row_no, jsonb of what the message names) of `intake_verdict`."""

    code: str
    field: str
    query: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`joins` after `FROM intake_row r`; `known`: whether the target row exists.

    `ids`: what the merge needs besides the staged columns; `compared`: field → (new, old) as
    expressions; `key`: what makes two rows of the file the same; `label`: how a row is called.
    """

    joins: str
    known: str
    key: tuple[str, ...]
    label: str
    compared: Mapping[str, tuple[str, str]]
    ids: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    prepare: tuple[str, ...] = ()
    warnings: tuple[Warn, ...] = ()


def _same(alias: str, *fields: str) -> dict[str, tuple[str, str]]:
    return {name: (f"r.{name}", f"{alias}.{name}") for name in fields}


_DOSSIER = """
LEFT JOIN dossiers_dossier by_code
    ON by_code.unit_id = %(unit)s AND by_code.credit_code = r.credit_code
LEFT JOIN (
    SELECT name_full, min(id::text)::uuid AS id, min(credit_code) AS credit_code
    FROM dossiers_dossier WHERE unit_id = %(unit)s
    GROUP BY name_full HAVING count(*) = 1
) by_name ON r.credit_code IS NULL AND by_name.name_full = r.customer_name
"""
_UNKNOWN_CUSTOMER = Check(
    "unknown_customer",
    "credit_code",
    "(r.credit_code IS NOT NULL OR r.customer_name IS NOT NULL)"
    " AND by_code.id IS NULL AND by_name.id IS NULL",
)
_NOT_EARLY = f"DATE '{NOT_EARLY}'"
_NUMBER = r"'^-?[0-9]+(\.[0-9]+)?$'"


def _same_name(person: str) -> str:
    name = f"{person}->>'name'"
    return f"coalesce({_squeezed(name)} = {_squeezed('r.contact')}, false)"


def _same_phone(person: str) -> str:
    digits = "regexp_replace({}, '[^0-9]', '', 'g')"
    mobile = digits.format(f"{person}->>'mobile'")
    return f"coalesce(r.phone <> '' AND {mobile} = {digits.format('r.phone')}, false)"


def _squeezed(text: str) -> str:
    return rf"regexp_replace({text}, '\s', '', 'g')"


_DIFFERS = f"person.one IS NOT NULL AND NOT {_same_name('person.one')}"
"""The ledger's contact has the number of somebody of the file, and another name."""

CUSTOMERS = Plan(
    joins=f"""
    LEFT JOIN dossiers_dossier t ON t.unit_id = %(unit)s AND t.credit_code = r.credit_code
    LEFT JOIN LATERAL (
        SELECT one, place - 1 AS place
        FROM jsonb_array_elements(CASE jsonb_typeof(t.document->'contacts') WHEN 'array'
            THEN t.document->'contacts' ELSE '[]' END) WITH ORDINALITY listed (one, place)
        WHERE r.contact IS NOT NULL AND ({_same_name("one")} OR {_same_phone("one")})
        ORDER BY {_same_name("one")} DESC, {_same_phone("one")} DESC, place LIMIT 1
    ) person ON true
    """,
    known="t.id IS NOT NULL",
    key=("credit_code",),
    label="concat_ws(' ', r.name_full, r.credit_code)",
    compared={
        **_same("t", "name_full", "klass", "region_code", "opened_on", "short_name"),
        "gas_uses": ("r.gas_uses", "t.gas_uses::text[]"),
        "former_names": ("r.former_names", "t.former_names::text[]"),
        **{
            name: (f"r.{name}", f"t.document->>'{name}'")
            for name in ("legal_rep", "reg_addr", "office_addr")
        },
        "reg_capital": (
            "r.reg_capital",
            f"CASE WHEN t.document->>'reg_capital' ~ {_NUMBER}"
            " THEN (t.document->>'reg_capital')::numeric END",
        ),
        # somebody new comes to the others; of somebody known the number is the ledger's
        "contact": ("CASE WHEN person.one IS NULL THEN r.contact END", "NULL::text"),
        "phone": (
            f"CASE WHEN NOT {_same_phone('person.one')} THEN nullif(r.phone, '') END",
            "person.one->>'mobile'",
        ),
    },
    ids={
        "dossier_id": "t.id",
        "contact_place": "person.place",
        "contact_was": "person.one->>'name'",
        "phone_was": "person.one->>'mobile'",
        "contact_same": _same_name("person.one"),
        "contact_differs": f"coalesce({_DIFFERS}, false)",
        "contact_taken": "false",
    },
    prepare=(
        # whoever asked to be sealed does not come back by a ledger (PIPL)
        r"""
        UPDATE intake_row r SET contact = NULL, phone = NULL
        FROM dossiers_dossier t
        JOIN disclosure_seal s ON s.unit_id = t.unit_id AND s.dossier_id = t.id
        WHERE t.unit_id = %(unit)s AND t.credit_code = r.credit_code AND s.lifted_at IS NULL
            AND s.name = regexp_replace(r.contact, '\s', '', 'g')
        """,
        # what a rating or headquarters decided goes before what the ledger says
        """
        UPDATE intake_row r SET klass = t.klass
        FROM dossiers_dossier t
        WHERE t.unit_id = %(unit)s AND t.credit_code = r.credit_code AND r.klass <> t.klass
            AND EXISTS (
                SELECT FROM dossiers_classchange c
                WHERE c.unit_id = t.unit_id AND c.dossier_id = t.id AND c.source <> 'ledger'
            )
        """,
    ),
    warnings=(
        Warn(
            "contact_differs",
            "contact",
            """
            SELECT v.row_no, jsonb_build_object('was', concat_ws(' ', v.contact_was, v.phone_was),
                'now', concat_ws(' ', v.contact, v.phone))
            FROM intake_verdict v WHERE v.verdict IS NOT NULL AND v.contact_differs
            """,
        ),
        Warn(
            "out_of_region",
            "region_code",
            """
            SELECT v.row_no, jsonb_build_object('region', v.region_code)
            FROM intake_verdict v
            WHERE v.verdict IS NOT NULL AND v.region_code IS NOT NULL AND NOT EXISTS (
                SELECT FROM org_unitregion u WHERE u.unit_id = %(unit)s
                AND starts_with(v.region_code, regexp_replace(u.region_code, '(00){1,2}$', ''))
            )
            """,
        ),
    ),
)

CONTRACTS = Plan(
    joins=_DOSSIER
    + """
    LEFT JOIN contracts_contract t ON t.unit_id = %(unit)s AND t.number = r.number
    LEFT JOIN dossiers_dossier held ON held.unit_id = %(unit)s AND held.id = t.dossier_id
    """,
    known="t.id IS NOT NULL",
    key=("number",),
    label="concat_ws(' ', r.number, r.customer_name)",
    compared={
        "credit_code": ("coalesce(by_code.credit_code, by_name.credit_code)", "held.credit_code"),
        **_same(
            "t",
            "title",
            "source",
            "direction",
            "signed_on",
            "effective_on",
            "ends_on",
            "quantity_unit",
            "acq",
            "mdq",
            "take_or_pay_percent",
            "price_yuan",
            "price_mechanism",
            "settlement",
            "note",
        ),
        # an ending of before does not outlive a term that was written anew around it
        "terminated_on": (
            "coalesce(r.terminated_on, CASE WHEN t.terminated_on < r.effective_on"
            f" OR t.terminated_on > r.ends_on THEN {_NOT_EARLY} END)",
            f"coalesce(t.terminated_on, {_NOT_EARLY})",
        ),
    },
    ids={"dossier_id": "coalesce(by_code.id, by_name.id)"},
    checks=(_UNKNOWN_CUSTOMER,),
)

OFFTAKE = Plan(
    joins="""
    LEFT JOIN contracts_contract c ON c.unit_id = %(unit)s AND c.number = r.number
    LEFT JOIN dossiers_dossier d ON d.unit_id = %(unit)s AND d.id = c.dossier_id
    LEFT JOIN contracts_offtake t
        ON t.unit_id = %(unit)s AND t.contract_id = c.id AND t.month = r.month
    """,
    known="t.contract_id IS NOT NULL",
    key=("contract_id", "month"),
    label="concat_ws(' ', r.number, to_char(r.month, 'YYYY-MM'),"
    " coalesce(d.name_full, r.customer_name))",
    compared=_same(
        "t", "planned", "actual", "price_yuan", "amount_yuan", "paid_yuan", "note", "quantity_unit"
    ),
    ids={
        "contract_id": "c.id",
        "starts": "c.effective_on",
        "ends": "least(c.ends_on, c.terminated_on)",
        "contract_unit": "c.quantity_unit",
        "holder": "d.name_full",
    },
    checks=(
        Check(
            "unknown_contract",
            "number",
            "r.number IS NOT NULL AND (c.id IS NULL"
            " OR coalesce(r.credit_code <> d.credit_code, false))",
        ),
        Check(
            "outside_contract_term",
            "month",
            "coalesce(r.month > least(c.ends_on, c.terminated_on)"
            " OR r.month + interval '1 month' <= c.effective_on, false)",
        ),
        Check("unit_mismatch", "unit", "coalesce(r.quantity_unit <> c.quantity_unit, false)"),
    ),
    warnings=(
        Warn(
            "amount_mismatch",
            "amount_yuan",
            """
            SELECT row_no, jsonb_build_object('amount', amount_yuan, 'expected', expected)
            FROM (
                SELECT row_no, amount_yuan, round(actual * price_yuan
                    * CASE quantity_unit WHEN 'wan_m3' THEN %(m3_in_wan)s ELSE 1 END, 2) AS expected
                FROM intake_verdict WHERE verdict IS NOT NULL AND amount_yuan IS NOT NULL
            ) sums
            WHERE abs(amount_yuan - expected) * 100 > %(amount_tolerance)s * abs(expected)
            """,
        ),
        Warn(
            "price_jump",
            "price_yuan",
            """
            SELECT row_no, jsonb_build_object('price', price_yuan, 'before', before, 'month', since)
            FROM (
                SELECT row_no, price_yuan, lag(price_yuan) OVER turn AS before,
                    lag(to_char(month, 'YYYY-MM')) OVER turn AS since
                FROM (
                    SELECT row_no, contract_id, month, price_yuan
                    FROM intake_verdict WHERE verdict IS NOT NULL AND price_yuan > 0
                    UNION ALL
                    SELECT NULL, o.contract_id, o.month, o.price_yuan
                    FROM contracts_offtake o
                    WHERE o.unit_id = %(unit)s AND o.price_yuan > 0
                        AND o.contract_id IN (SELECT contract_id FROM intake_verdict)
                        AND NOT EXISTS (
                            SELECT FROM intake_verdict v
                            WHERE v.verdict IS NOT NULL AND v.price_yuan > 0
                                AND v.contract_id = o.contract_id AND v.month = o.month
                        )
                ) prices
                WINDOW turn AS (PARTITION BY contract_id ORDER BY month)
            ) turns
            WHERE row_no IS NOT NULL AND abs(price_yuan - before) * 100 > %(price_jump)s * before
            """,
        ),
    ),
)

PERSONNEL = Plan(
    joins="""
    LEFT JOIN org_staff s ON s.unit_id = %(unit)s AND s.employee_no = r.employee_no
    LEFT JOIN LATERAL (
        SELECT e.id, e.effective_on FROM org_personnelevent e
        WHERE e.unit_id = %(unit)s AND e.staff_id = s.id AND e.kind = r.kind
            AND e.cancelled_at IS NULL
        ORDER BY e.effective_on = r.effective_on DESC, e.effective_on DESC LIMIT 1
    ) t ON true
    """,
    known="t.id IS NOT NULL",
    key=("employee_no", "kind"),
    label="concat_ws(' ', r.employee_no, coalesce(s.name, r.staff_name),"
    " to_char(r.effective_on, 'YYYY-MM-DD'))",
    compared=_same("t", "effective_on"),
    ids={"staff_id": "s.id"},
    checks=(
        Check(
            "unknown_employee",
            "employee_no",
            "r.employee_no IS NOT NULL AND s.id IS NULL"
            " AND NOT coalesce(r.kind = 'join' AND r.staff_name IS NOT NULL, false)",
        ),
    ),
)

_RATED_OTHERWISE = (
    "(r.score <> t.score OR coalesce(r.grade, t.grade) <> t.grade"
    " OR coalesce(r.klass, t.klass) <> t.klass OR coalesce(r.rated_on, t.rated_on) <> t.rated_on)"
)
RATINGS = Plan(
    joins=_DOSSIER
    + """
    LEFT JOIN ratings_ratingresult t ON t.unit_id = %(unit)s
        AND t.dossier_id = coalesce(by_code.id, by_name.id) AND t.year = r.year
    """,
    known="t.id IS NOT NULL",
    key=("dossier_id", "year"),
    label="concat_ws(' ', r.customer_name, r.credit_code, r.year)",
    compared={
        **_same("t", "score", "grade", "klass", "rated_on"),
        "state": ("'final'::text", "t.state"),
    },
    ids={"dossier_id": "coalesce(by_code.id, by_name.id)"},
    checks=(
        _UNKNOWN_CUSTOMER,
        Check("rated_by_round", "year", f"t.round_id IS NOT NULL AND {_RATED_OTHERWISE}"),
    ),
)

PLANS: dict[str, Plan] = {
    "customers": CUSTOMERS,
    "contracts": CONTRACTS,
    "offtake": OFFTAKE,
    "personnel": PERSONNEL,
    "ratings": RATINGS,
}
