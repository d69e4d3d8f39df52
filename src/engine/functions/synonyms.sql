-- Functions as other databases call them, and how this server's engine writes them: `name(argument, …) = expression`.
-- An argument called `unit` may be given as a bare word: `dateadd(day, 3, d)`.

-- Parts of a moment.
year(moment) = date_part('year', moment)
quarter(moment) = date_part('quarter', moment)
month(moment) = date_part('month', moment)
week(moment) = date_part('week', moment)
weekofyear(moment) = date_part('week', moment)
day(moment) = date_part('day', moment)
dayofmonth(moment) = date_part('day', moment)
hour(moment) = date_part('hour', moment)
minute(moment) = date_part('minute', moment)
second(moment) = date_part('second', moment)
millisecond(moment) = date_part('millisecond', moment)
microsecond(moment) = date_part('microsecond', moment)
epoch(moment) = date_part('epoch', moment)
-- 1 for Sunday, as JDBC, MySQL and Spark count.
dayofweek(moment) = date_part('dow', moment) + 1
-- 1 for Monday, as ISO 8601 counts.
isodow(moment) = date_part('isodow', moment)
dayofyear(moment) = date_part('doy', moment)
dayname(moment) = to_char(moment, '%A')
monthname(moment) = to_char(moment, '%B')
strftime(moment, format) = to_char(moment, format)
date(moment) = CAST(moment AS DATE)

-- Moments of now.
curdate() = current_date()
curtime() = current_time()
getdate() = now()
sysdate() = now()
current_timestamp() = now()

-- Moments and spans.
dateadd(unit, number, moment) = dateadd(unit, number, moment)
date_add(unit, number, moment) = dateadd(unit, number, moment)
timestampadd(unit, number, moment) = dateadd(unit, number, moment)
date_add(moment, span) = moment + span
date_sub(moment, span) = moment - span
datediff(unit, first, last) = datediff(unit, first, last)
date_diff(unit, first, last) = datediff(unit, first, last)
datediff(last, first) = datediff('day', first, last)
timestampdiff(unit, first, last) = timestampdiff(unit, first, last)
add_months(day, number) = add_months(day, CAST(number AS INT))
time_bucket(span, moment) = date_bin(span, moment)

-- Numbers.
mod(number, divisor) = number % divisor
ceiling(number) = ceil(number)
truncate(number, places) = trunc(number, places)
sign(number) = signum(number)
rand() = random()
rand(seed) = random()
pow(number, exponent) = power(number, exponent)

-- Texts.
ucase(text) = upper(text)
lcase(text) = lower(text)
len(text) = length(text)
char(code) = chr(code)
space(number) = repeat(' ', number)
insert(text, position, number, other) = overlay(text PLACING other FROM position FOR number)
locate(part, text) = strpos(text, part)
locate(part, text, position) = CASE strpos(substr(text, position), part) WHEN 0 THEN 0 ELSE strpos(substr(text, position), part) + position - 1 END
charindex(part, text) = strpos(text, part)
charindex(part, text, position) = CASE strpos(substr(text, position), part) WHEN 0 THEN 0 ELSE strpos(substr(text, position), part) + position - 1 END
difference(text, other) = CAST(substr(soundex(text), 1, 1) = substr(soundex(other), 1, 1) AS INT) + CAST(substr(soundex(text), 2, 1) = substr(soundex(other), 2, 1) AS INT) + CAST(substr(soundex(text), 3, 1) = substr(soundex(other), 3, 1) AS INT) + CAST(substr(soundex(text), 4, 1) = substr(soundex(other), 4, 1) AS INT)
regexp_extract(text, pattern) = CASE WHEN text IS NOT NULL THEN coalesce((regexp_match(text, '(' || pattern || ')'))[1], '') END
regexp_extract(text, pattern, number) = CASE WHEN text IS NOT NULL THEN coalesce((regexp_match(text, '(' || pattern || ')'))[number + 1], '') END
regexp_matches(text, pattern) = regexp_like(text, pattern)
-- A pattern of LIKE with another sign than the backslash in front of what is no wildcard.
like_pattern(pattern, sign) = replace(replace(replace(replace(replace(pattern, '\', '\\'), sign || sign, chr(1)), sign || '%', '\%'), sign || '_', '\_'), chr(1), sign)
startswith(text, part) = starts_with(text, part)
endswith(text, part) = ends_with(text, part)

-- One of several values.
if(condition, value, other) = CASE WHEN condition THEN value ELSE other END
iif(condition, value, other) = CASE WHEN condition THEN value ELSE other END
isnull(value) = value IS NULL
isnull(value, other) = coalesce(value, other)

-- Of the server.
database() = 'flightstream'

-- Over many rows.
max_by(value, by) = first_value(value ORDER BY by DESC NULLS LAST)
min_by(value, by) = first_value(value ORDER BY by ASC NULLS LAST)
arg_max(value, by) = first_value(value ORDER BY by DESC NULLS LAST)
arg_min(value, by) = first_value(value ORDER BY by ASC NULLS LAST)
string_agg(text) = string_agg(text, ',')
list_agg(text) = string_agg(text, ',')
list_agg(text, separator) = string_agg(text, separator)
listagg(text) = string_agg(text, ',')
listagg(text, separator) = string_agg(text, separator)
group_concat(text) = string_agg(text, ',')
group_concat(text, separator) = string_agg(text, separator)
list(value) = array_agg(value)
collect_list(value) = array_agg(value)
quantile(value, fraction) = quantile_cont(value, fraction)
approx_count_distinct(value) = approx_distinct(value)
