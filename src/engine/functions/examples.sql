-- A call of each function that this server adds to the engine's, and what it gives.
year(d) -- 2024
quarter(d) -- 1
month(d) -- 3
week(d) -- 10
weekofyear(d) -- 10
day(d) -- 5
dayofmonth(d) -- 5
hour(at) -- 23
minute(at) -- 59
second(at) -- 58
millisecond(at) -- 58250
microsecond(at) -- 58250000
epoch(at) -- 1709683198.25
dayofweek(d) -- 3
isodow(DATE '2024-03-10') -- 7
dayofweek(DATE '2024-03-10') -- 1
dayofyear(d) -- 65
dayname(d) -- Tuesday
monthname(d) -- March
strftime(d, '%d.%m.%Y') -- 05.03.2024
date(at) -- 2024-03-05
year('2024-03-05') -- 2024
curdate() = current_date() -- true
curtime() = current_time() -- true
getdate() = now() -- true
sysdate() = now() -- true
current_timestamp() = now() -- true
dateadd(day, 3, d) -- 2024-03-08
dateadd('month', -1, DATE '2024-03-31') -- 2024-02-29
dateadd(hour, 1, d) -- 2024-03-05T01:00:00
dateadd(hour, -25, at) -- 2024-03-04T22:59:58.250
dateadd(year, n, '2024-02-29') -- 2031-02-28T00:00:00
dateadd(day, NULL, d) -- 
date_add(weeks, 2, d) -- 2024-03-19
timestampadd(SQL_TSI_QUARTER, 1, at) -- 2024-06-05T23:59:58.250
timestampadd(SQL_TSI_FRAC_SECOND, 5, at) -- 2024-03-05T23:59:58.250005
date_add(d, INTERVAL '3' DAY) -- 2024-03-08
date_sub(d, INTERVAL '1' MONTH) -- 2024-02-05
datediff(day, at, TIMESTAMP '2024-03-06 00:00:01') -- 1
datediff('day', TIMESTAMP '2024-03-06 00:00:01', at) -- -1
datediff(DATE '2024-03-08', d) -- 3
date_diff('week', DATE '2024-03-10', DATE '2024-03-11') -- 1
datediff(month, DATE '2024-01-31', DATE '2024-02-01') -- 1
datediff(quarter, DATE '1969-12-31', DATE '1970-01-01') -- 1
datediff(year, DATE '2023-12-31', DATE '2024-01-01') -- 1
datediff(hour, TIMESTAMP '1969-12-31 23:59:59', TIMESTAMP '1970-01-01 00:00:00') -- 1
datediff('minutes', d, at) -- 1439
timestampdiff(SQL_TSI_DAY, at, TIMESTAMP '2024-03-06 00:00:01') -- 0
timestampdiff(MONTH, DATE '2024-01-31', DATE '2024-02-29') -- 0
timestampdiff(MONTH, DATE '2024-02-29', DATE '2024-01-31') -- 0
timestampdiff(MONTH, DATE '2024-01-15', DATE '2024-03-15') -- 2
timestampdiff(YEAR, DATE '2024-03-15', DATE '2020-03-16') -- -3
timestampdiff(SECOND, d, at) -- 86398
time_bucket(INTERVAL '1' HOUR, at) -- 2024-03-05T23:00:00
mod(n, 4) -- 3
ceiling(1.2) -- 2.0
truncate(1.29, 1) -- 1.2
sign(-3) -- -1.0
rand() < 1 -- true
rand(7) < 1 -- true
pow(2, 3) -- 8.0
2 ^ 10 -- 1024.0
2 * 3 ^ 2 -- 18.0
2 ^ -1 -- 0.5
ucase(s) -- ABC123
lcase('ABC') -- abc
len(s) -- 6
char(65) -- A
'[' || space(2) || ']' -- [  ]
insert(s, 2, 2, 'xyz') -- axyz123
locate('c', s) -- 3
locate('b', 'abcb', 3) -- 4
locate('z', s, 2) -- 0
charindex('1', s) -- 4
charindex('b', 'abcb', 3) -- 4
difference('Robert', 'Rupert') -- 4
soundex('Robert') -- R163
regexp_extract(s, '[0-9]+') -- 123
regexp_extract(s, '([a-z]+)([0-9]+)', 2) -- 123
regexp_extract(s, 'x') -- 
regexp_extract(NULL, 'x') IS NULL -- true
regexp_matches(s, '^a') -- true
startswith(s, 'ab') -- true
endswith(s, '23') -- true
last_day(d) -- 2024-03-31
next_day(d, 'Mon') -- 2024-03-11
add_months(DATE '2024-01-31', 1) -- 2024-02-29
format_string('%d of %s', 2, 'a') -- 2 of a
if(n > 1, 'more', 'less') -- more
iif(n IS NULL, 1, 2) -- 2
database() -- flightstream
isnull(n) -- false
isnull(NULL, 2) -- 2
convert('17', SQL_INTEGER) + 1 -- 18
convert(n, VARCHAR) || 'x' -- 7x
{fn UCASE(s)} -- ABC123
{fn LOG({fn EXP(2)})} -- 2.0
log(100) -- 2.0
{fn TIMESTAMPADD(SQL_TSI_MONTH, 1, {d '2024-01-31'})} -- 2024-02-29
s LIKE 'abc%' {escape '\'} -- true
s LIKE 'abc/%' ESCAPE '/' -- false
'a_c%/\' LIKE 'a!_c!%/\' ESCAPE '!' -- true
'abc' LIKE 'a!_c' ESCAPE '!' -- false
'100%!' LIKE '100!%!!' {escape '!'} -- true
'A_C' ILIKE 'a/_%' ESCAPE '/' -- true
s NOT LIKE '%/_%' ESCAPE '/' -- true
like_pattern('a/_%', '/') -- a\_%
(SELECT max_by(x, y) FROM v) -- 3
(SELECT min_by(x, y) FROM v) -- 1
(SELECT arg_max(x, y) FROM v) -- 3
(SELECT arg_min(x, y) FROM v) -- 1
(SELECT max_by(x, y) FILTER (WHERE y < 6) FROM v) -- 1
(SELECT mode(x) FROM v) -- 2
(SELECT mode(x) FROM v WHERE x <> 2) -- 1
(SELECT mode(z) FROM (SELECT NULL AS z)) IS NULL -- true
(SELECT string_agg(CAST(x AS VARCHAR)) FROM v WHERE y > 6) -- 3
(SELECT list_agg(w ORDER BY w) FROM v) -- a,b,b,c
(SELECT list_agg(w, '-' ORDER BY w) FROM v) -- a-b-b-c
(SELECT listagg(w ORDER BY w DESC) FROM v) -- c,b,b,a
(SELECT listagg(w, ' ' ORDER BY w) FROM v) -- a b b c
(SELECT group_concat(w ORDER BY w) FROM v) -- a,b,b,c
(SELECT group_concat(DISTINCT w ORDER BY w SEPARATOR '; ') FROM v) -- a; b; c
(SELECT list(x ORDER BY y) FROM v) -- [1, 2, 2, 3]
(SELECT collect_list(x ORDER BY y) FROM v) -- [1, 2, 2, 3]
(SELECT quantile(x, 0.5) FROM v) -- 2.0
(SELECT approx_count_distinct(x) FROM v) -- 3
