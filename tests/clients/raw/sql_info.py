"""What GetSqlInfo must say, by id and child of the union: check F52, and F73 as the JDBC driver reads it."""

from __future__ import annotations

from raw import wire
from target import Target, check, same

STRING, BOOL, BIGINT, INT32, LIST, MAP = range(6)


def several(child: int, *ids: int | range) -> dict[int, int]:
    """The same child for many ids."""
    return {id: child for part in ids for id in (part if isinstance(part, range) else [part])}


# The ids that the JDBC driver reads, 69 in all, and the child that it casts to: a missing one is a null, which throws.
JDBC = {
    **several(STRING, 0, 1, 504, 513, 514, 529, 530, 531),
    **several(BOOL, 3, 515, 516, range(518, 522), 523, 524, 527, 532, 536, 537, 539, 556, 563, 565, 566),
    **several(BOOL, range(572, 577)),
    **several(BIGINT, range(541, 556), range(557, 563)),
    **several(INT32, 522, 525, 526, 528, 533, 534, 535, 538, 540, 564, 567),
    **several(LIST, range(508, 513)),
    517: MAP,
}
# What others read besides: ADBC (2, 4, 5, 8), ODBC (500 to 507), Go and C++.
OTHERS = {
    **several(STRING, 2),
    **several(BOOL, 4, 5, 9, 10, 11, 500, 501, 502, 506),
    **several(INT32, 8),
    **several(BIGINT, 503, 505, 507),
}
# All ids that the drivers' own lists have: another one breaks them, even in an answer that they do not look at.
KNOWN = {*range(12), 100, 101, *range(500, 577)}

# Values that decide how a tool treats the server.
VALUES = {
    4: True,  # it speaks SQL
    8: 0,  # no transactions
    9: True,  # queries can be cancelled
    504: '"',  # an empty one makes tools stop quoting
    513: "\\",
    528: 6,  # outer joins: bits, whatever the protocol says
    529: "schema",
    531: "catalog",
    532: True,
    563: False,
}


def answer(raw: wire.Raw, *ids: int) -> dict[int, tuple[int, object]]:
    """The child and the value of each id."""
    table = raw.query(wire.get_sql_info(*ids)).table()
    out = {}
    for batch in table.to_batches():
        names, union = batch.columns
        assert not set(names.to_pylist()) & set(out), "an id twice"
        out |= dict(zip(names.to_pylist(), zip(union.type_codes.to_pylist(), union.to_pylist())))
    return out


@check
def f52_all_sql_info(target: Target) -> None:
    """Everything that any driver reads is there in the child where it looks, and no id that a driver does not know."""
    same("ids of JDBC", len(JDBC), 69)
    with target.raw() as raw:
        found = answer(raw)
    same("ids that are not there", (JDBC.keys() | OTHERS.keys()) - found.keys(), set())
    same("ids that no driver knows", found.keys() - KNOWN, set())
    wrong = {id: found[id] for id, child in (JDBC | OTHERS).items() if found[id][0] != child}
    assert not wrong, f"in another child than drivers read: {wrong}"
    same("values", {id: found[id][1] for id in VALUES}, VALUES)


@check
def f52_chosen_sql_info(target: Target) -> None:
    """Asked for some ids, it answers with these; an unknown id is no row and no error."""
    with target.raw() as raw:
        same("8", answer(raw, 8), {8: (INT32, 0)})
        same("ids", set(answer(raw, 0, 1, 2)), {0, 1, 2})
        same("unknown", answer(raw, 9_999, 123_456), {})
        same("one known", set(answer(raw, 9_999, 3)), {3})


@check
def f73_jdbc_metadata_getters(target: Target) -> None:
    """What each of the driver's 69 getters makes of the answer: no null, no cast that throws, no number past an int."""
    with target.raw() as raw:
        found = answer(raw)
    types = {STRING: str, BOOL: bool, BIGINT: int, INT32: int, LIST: list, MAP: list}
    for id, child in JDBC.items():
        _, value = found[id]
        assert isinstance(value, types[child]), f"{id}: {value!r}"
        if child in (BIGINT, INT32):
            assert 0 <= value < 1 << 31, f"{id}: {value}"
    for id in range(508, 513):
        words = found[id][1]
        assert words is not None and all(isinstance(word, str) and "," not in word for word in words), f"{id}: {words}"
    assert found[508][1] and found[509][1] and found[510][1], "no keywords or functions"


@check
def f73_read_only_is_told(target: Target) -> None:
    """`isReadOnly` and the flag of bulk ingestion are those of the server."""
    servers = [(target, True)] + ([(target.writer(), False)] if target.writable else [])
    for server, read_only in servers:
        with server.raw() as raw:
            flags = {id: value for id, (_, value) in answer(raw, 3, 10).items()}
        same("read-only, bulk ingestion", flags, {3: read_only, 10: not read_only})


# The scalar functions of the JDBC specification, appendix C, and others that are advertised, each with a call.
ADVERTISED = {
    509: """abs(-1) acos(1) asin(1) atan(1) atan2(1,2) cbrt(8) ceil(1.5) ceiling(1.5) cos(0) cot(1) degrees(1) exp(1)
        factorial(3) floor(1.5) gcd(4,6) lcm(4,6) ln(1) log(1) log10(1) log2(1) mod(7,3) pi() power(2,3) radians(1) rand()
        random() round(1.55,1) sign(-1) sin(0) sqrt(4) tan(0) trunc(1.55,1) truncate(1.55,1)""",
    510: """ascii('a') bit_length('a') btrim('a') char(65) char_length('a') character_length('a') chr(65) concat('a','b')
        concat_ws('-','a','b') difference('a','b') initcap('a') insert('abc',2,1,'x') lcase('A') left('ab',1) length('a')
        locate('a','ba') lower('A') lpad('a',2) ltrim('a') md5('a') octet_length('a') position('a'IN'ba')
        regexp_extract('a','a') regexp_like('a','a') regexp_replace('a','a','b') repeat('a',2) replace('a','a','b')
        reverse('ab') right('ab',1) rpad('a',2) rtrim('a') soundex('a') space(1) split_part('a-b','-',1) strpos('ab','b')
        substr('ab',1,1) substring('ab',1,1) to_hex(17) translate('a','a','b') trim('a') ucase('a') upper('a')""",
    511: "arrow_typeof(1) coalesce(1,2) database() ifnull(1,2) nullif(1,2) version()",
    512: """curdate() current_date() current_time() current_timestamp() curtime() date_bin(INTERVAL'1'DAY,now())
        date_part('day',now()) date_trunc('day',now()) dateadd(day,1,now()) datediff(day,now(),now()) dayname(now())
        dayofmonth(now()) dayofweek(now()) dayofyear(now()) extract(DAY/**/FROM/**/now()) from_unixtime(0) hour(now())
        make_date(2024,1,1) minute(now()) month(now()) monthname(now()) now() quarter(now()) second(now())
        timestampadd(SQL_TSI_DAY,1,now()) timestampdiff(SQL_TSI_DAY,now(),now()) to_char(now(),'%Y') to_date('2024-01-01')
        to_timestamp('2024-01-01') week(now()) year(now())""",
}


@check
def f73_advertised_functions_work(target: Target) -> None:
    """Each function that the server names can be called, in a JDBC escape too; and those are all that are called here."""
    with target.raw() as raw:
        for id, calls in ADVERTISED.items():
            calls = calls.split()
            same(f"functions of {id}", sorted(answer(raw, id)[id][1]), sorted(call.split("(")[0] for call in calls))
            for call in calls:
                for sql in (f"SELECT {call} AS x", f"SELECT {{fn {call.upper() if chr(39) not in call else call}}} AS x"):
                    same(f"rows of {sql}", target.sql(sql).num_rows, 1)
    for sql, value in [("SELECT {fn CONVERT('17', SQL_INTEGER)} AS x", 17), ("SELECT {fn LOG({fn EXP(1)})} AS x", 1.0)]:
        same(sql, target.rows(sql), [(value,)])
