-- A statement a line, and behind it what the answer must say.
SELECT regexp_like(x, '(') FROM t -- is no regular expression
SELECT regexp_like('a', '(') -- is no regular expression
SELECT regexp_like('a', bad) FROM t -- is no regular expression
SELECT regexp_like(x, bad) FROM t -- is no regular expression
SELECT regexp_like(x, 'a', 'q') FROM t -- is no regular expression
SELECT regexp_like(x, 'a', 'g') FROM t -- regexp_like() does not support the "global"
SELECT x ~ '(' FROM t -- is no regular expression
SELECT x ~ bad FROM t -- is no regular expression
SELECT x !~ '[' FROM t -- is no regular expression
SELECT x ~* '*' FROM t -- is no regular expression
SELECT 'a' ~ '(' -- is no regular expression
SELECT * FROM t WHERE x ~ '(' -- is no regular expression
SELECT * FROM t WHERE x SIMILAR TO '(' -- is no regular expression
SELECT x SIMILAR TO '[' FROM t -- is no regular expression
SELECT regexp_match(x, '(') FROM t -- is no regular expression
SELECT regexp_match('a', '(') -- is no regular expression
SELECT regexp_match(x, bad) FROM t -- is no regular expression
SELECT regexp_match(x, 'a', 'g') FROM t -- regexp_match() does not support the "global"
SELECT regexp_replace(x, '(', 'b') FROM t -- is no regular expression
SELECT regexp_replace('a', '(', 'b') -- is no regular expression
SELECT regexp_replace(x, bad, 'b') FROM t -- is no regular expression
SELECT regexp_replace(x, 'a', 'b', 'q') FROM t -- is no regular expression
SELECT regexp_count(x, '(') FROM t -- is no regular expression
SELECT regexp_count('a', '(') -- is no regular expression
SELECT regexp_count(x, bad) FROM t -- is no regular expression
SELECT regexp_count(x, 'a', -1) FROM t -- regexp_count() requires start to be 1 based
SELECT regexp_count(x, 'a', 0) FROM t -- regexp_count() requires start to be 1 based
SELECT regexp_instr(x, '(') FROM t -- is no regular expression
SELECT regexp_instr(x, 'a', 0) FROM t -- regexp_instr() requires start to be 1-based
SELECT regexp_instr('a', '(') -- is no regular expression
SELECT regexp_like(x, 'a{1000}{1000}{1000}') FROM t -- the regular expression is too large
SELECT regexp_replace(x, 'a{1000}{1000}{1000}', '') FROM t -- the regular expression is too large
SELECT regexp_like(x, '(?<a') FROM t -- is no regular expression
SELECT regexp_like(x, '\p{Nope}') FROM t -- is no regular expression
SELECT regexp_like(x, '(?=a)') FROM t -- is no regular expression
SELECT repeat('ab', 9223372036854775807) -- repeat would come to 18446744073709551614 bytes
SELECT repeat(x, 9223372036854775807) FROM t -- repeat would come to 18446744073709551615 bytes
SELECT repeat(x, 2000000000) FROM t -- repeat would come to 6000000000 bytes
SELECT repeat(x, i * 2000000000) FROM t -- repeat would come to 6000000000 bytes
SELECT lpad(x, 9223372036854775807) FROM t -- lpad would come to 9223372036854775807 bytes
SELECT lpad(x, 2147483648) FROM t -- lpad would come to 2147483648 bytes
SELECT rpad(x, 9223372036854775807) FROM t -- rpad would come to 9223372036854775807 bytes
SELECT rpad('a', 99999999999, 'b') -- rpad would come to 99999999999 bytes
SELECT lpad('a', 99999999999, 'b') -- lpad would come to 99999999999 bytes
SELECT substr(x, 1, -1) FROM t -- negative count not allowed: -1
SELECT substring(x, 1, -5) FROM t -- negative count not allowed: -5
SELECT chr(-1) -- invalid Unicode scalar value: -1
SELECT chr(1114112) -- invalid Unicode scalar value: 1114112
SELECT chr(i - 5) FROM t -- invalid Unicode scalar value: -4
SELECT split_part(x, ',', 0) FROM t -- field position must not be zero
SELECT split_part('a', ',', 0) -- field position must not be zero
SELECT strpos(x) FROM t -- there is no function strpos
SELECT position('a' IN 5, 3) -- Expected: (, found: 5
SELECT overlay(x PLACING 'a') FROM t -- Expected: FROM, found: )
SELECT to_hex('x') -- there is no function to_hex
SELECT ascii() -- there is no function ascii
SELECT find_in_set(1, 2, 3) -- there is no function find_in_set
SELECT contains(x) FROM t -- there is no function contains
SELECT uuid(1) -- there is no function uuid
SELECT 1 / 0 -- Divide by zero error
SELECT 1 % 0 -- Divide by zero error
SELECT i / 0 FROM t -- Divide by zero error
SELECT 5 / i FROM t -- Divide by zero error
SELECT 5 % i FROM t -- Divide by zero error
SELECT CAST(1 AS DECIMAL(10,2)) / 0 -- Divide by zero error
SELECT -(-9223372036854775808) -- Arithmetic overflow: Overflow happened on: -
SELECT abs(-9223372036854775808) -- Int64Array overflow on
SELECT abs(i - 9223372036854775805) FROM t -- Int64Array overflow on
SELECT factorial(21) -- Overflow happened on FACTORIAL(21)
SELECT factorial(i + 100) FROM t -- Overflow happened on FACTORIAL(101)
SELECT factorial(-1) -- factorial of a negative number is undefined
SELECT gcd(-9223372036854775808, -9223372036854775808) -- Signed integer overflow in
SELECT lcm(9223372036854775807, 9223372036854775806) -- Signed integer overflow in
SELECT lcm(9223372036854775807, i + 2) FROM t -- Signed integer overflow in
SELECT log('a') -- there is no function log
SELECT sqrt(x) FROM t -- there is no function sqrt
SELECT round(f, 9999999999) FROM t -- round decimal_places 9999999999 is out of
SELECT round(f, i * 9999999999) FROM t -- Can't cast value 9999999999 to type Int32
SELECT sin() -- there is no function sin
SELECT iszero('a') -- there is no function iszero
SELECT cot('a') -- there is no function cot
SELECT i << 'a' FROM t -- Cannot infer common type for bitwise
SELECT x + 1 FROM t -- Cannot coerce arithmetic expression Utf8 +
SELECT x * 2 FROM t -- Cannot coerce arithmetic expression Utf8 *
SELECT -x FROM t -- Unary operator '-' only supports signed
SELECT NOT i FROM t -- Unary operator 'NOT' requires a boolean
SELECT b + b FROM t -- Cannot coerce arithmetic expression Boolean +
SELECT CAST('abc' AS BIGINT) -- Cannot cast string 'abc' to value of Int64
SELECT CAST(x AS BIGINT) FROM t -- Cannot cast string 'one' to value of Int64
SELECT CAST(x AS DOUBLE) FROM t -- Cannot cast string 'one' to value of Float64
SELECT CAST(x AS BOOLEAN) FROM t -- Cannot cast value 'one' to value of Boolean
SELECT CAST(x AS DATE) FROM t -- Cannot cast string 'one' to value of Date32
SELECT CAST(x AS TIMESTAMP) FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT CAST(x AS TIME) FROM t -- Cannot cast string 'one' to value of
SELECT CAST(x AS INTERVAL) FROM t -- Invalid input syntax for type interval: "one"
SELECT CAST(x AS DECIMAL(5,2)) FROM t -- Cannot cast string 'one' to value of
SELECT CAST(99999 AS DECIMAL(3,1)) -- 99999.0 is too large to store in a Decimal128
SELECT CAST(300 AS TINYINT) -- Can't cast value 300 to type Int8
SELECT CAST(i - 1 AS BIGINT UNSIGNED) FROM t -- Can't cast value -1 to type UInt64
SELECT CAST(f * 1e300 AS BIGINT) FROM t -- Can't cast value 1.5e300 to type Int64
SELECT CAST('a' AS NOTYPE) -- Unsupported SQL type NOTYPE
SELECT CAST(1 AS DECIMAL(99,2)) -- Decimal(precision = 99, scale = 2) should
SELECT CAST(1 AS DECIMAL(5,9)) -- Decimal(precision = 5, scale = 9) should
SELECT CAST(b AS DATE) FROM t -- Unsupported CAST from Boolean to Date32
SELECT CAST(d AS BOOLEAN) FROM t -- Unsupported CAST from Date32 to Boolean
SELECT CAST([1,2] AS BIGINT) -- Unsupported CAST from List(Int64) to Int64
SELECT arrow_cast(i, 'Nope') FROM t -- Unsupported type 'Nope'. Must be a supported
SELECT arrow_cast(i) FROM t -- there is no function arrow_cast
SELECT arrow_cast(x, 'Int64') FROM t -- Cannot cast string 'one' to value of Int64
SELECT arrow_cast(i, x) FROM t -- arrow_cast requires its second argument to be
SELECT arrow_try_cast(i, 'Nope') FROM t -- Unsupported type 'Nope'. Must be a supported
SELECT DATE '2024-13-01' -- Cannot cast string '2024-13-01' to value of
SELECT DATE 'x' -- Cannot cast string 'x' to value of Date32 type
SELECT TIMESTAMP '2024-02-30 00:00:00' -- '2024-02-30 00:00:00' is no timestamp: write
SELECT TIME '25:00:00' -- Cannot cast string '25:00:00' to value of
SELECT INTERVAL '1 fortnight' -- Invalid input syntax for type interval: "1
SELECT INTERVAL 'x days' -- Invalid input syntax for type interval: "x
SELECT INTERVAL '99999999999999 years' -- Unable to represent 99999999999999 years as
SELECT d + INTERVAL '999999999 years' FROM t -- Unable to represent 999999999 years as months
SELECT ts + INTERVAL '300000 years' FROM t -- Timestamp out of range
SELECT ts + ts FROM t -- Cannot get result type for temporal operation
SELECT d + d FROM t -- Cannot coerce arithmetic expression Date32 +
SELECT INTERVAL '1 day' * x FROM t -- Cannot coerce arithmetic expression
SELECT date_trunc('fortnight', ts) FROM t -- Unsupported date_trunc granularity
SELECT date_trunc(x, ts) FROM t -- Granularity of `date_trunc` must be non-null
SELECT date_trunc('day', x) FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT date_part('nope', ts) FROM t -- Date part 'nope' not supported
SELECT date_part(x, ts) FROM t -- date_part requires non-empty constant string
SELECT EXTRACT(nope FROM ts) FROM t -- Date part 'nope' not supported
SELECT EXTRACT(year FROM x) FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT EXTRACT(year FROM i) FROM t -- there is no function date_part
SELECT date_bin(INTERVAL '0 days', ts) FROM t -- DATE_BIN stride must be non-zero
SELECT date_bin(INTERVAL '1 month 1 day', ts) FROM t -- DATE_BIN stride does not support combination
SELECT date_bin('x', ts) FROM t -- Invalid input syntax for type interval: "x"
SELECT date_bin(INTERVAL '1 day', x) FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT to_timestamp('x') -- 'x' is no timestamp: write it as 2024-01-31
SELECT to_timestamp(x) FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT to_timestamp(x, '%Q') FROM t -- 'one' using format '%Q' is no timestamp
SELECT to_timestamp('2024', '%Y-%m') -- '2024' using format '%Y-%m' is no timestamp
SELECT to_timestamp(99999999999999999) -- Cannot cast Timestamp(s) value
SELECT to_timestamp_millis(x) FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT to_timestamp_nanos('9999-01-01') -- The dates that can be represented as
SELECT to_date('x') -- this is no date
SELECT to_date(x) FROM t -- this is no date
SELECT to_date(x, '%Y') FROM t -- 'one' using format '%Y' is no timestamp
SELECT to_date(99999999999) -- Can't cast value 99999999999 to type Int32
SELECT to_time('x') -- Error parsing 'x' as time. Tried formats
SELECT to_unixtime('x') -- 'x' is no timestamp: write it as 2024-01-31
SELECT to_char(ts, '%Q') FROM t -- Format error
SELECT to_char(x, '%Y') FROM t -- 'one' is no timestamp: write it as 2024-01-31
SELECT to_local_time(x) FROM t -- there is no function to_local_time
SELECT make_date(2024, 13, 1) -- Month value '13' is out of range
SELECT make_date(2024, 2, 30) -- Unable to parse date from 2024, 2, 30
SELECT make_date(i, i, i) FROM t -- Month value '0' is out of range
SELECT make_date('x', 1, 1) -- Cannot cast string 'x' to value of Int32 type
SELECT make_time(25, 0, 0) -- Hour value '25' is out of range
SELECT current_date(1) -- there is no function current_date
SELECT ts AT TIME ZONE 'Nowhere/Land' FROM t -- Invalid timezone "Nowhere/Land": failed to
SELECT arrow_cast(ts, 'Timestamp(Nanosecond, Some("Nope"))') FROM t -- Invalid timezone "Nope": failed to parse
SELECT encode(x, 'nope') FROM t -- There is no built-in encoding named 'nope'
SELECT encode(x, x) FROM t -- Encoding must be a scalar; array specified
SELECT decode('zz', 'hex') -- Failed to decode value using hex: Invalid
SELECT decode(x, 'hex') FROM t -- Failed to decode from hex: Odd number of
SELECT decode(x, 'base64') FROM t -- Failed to decode from base64: DecodeError
SELECT decode('!!', 'base64') -- Failed to decode value using base64: Invalid
SELECT decode(x, 'nope') FROM t -- There is no built-in encoding named 'nope'
SELECT decode(5, 'hex') -- there is no function decode
SELECT digest(x, 'nope') FROM t -- There is no built-in digest algorithm named
SELECT digest(x, x) FROM t -- Digest using dynamically decided method is
SELECT md5(i) FROM t -- there is no function md5
SELECT sha512(b) FROM t -- there is no function sha512
SELECT [1, 'a'] -- Cannot cast string 'a' to value of Int64 type
SELECT [1, 2][0, 1] -- Expected: :, found: ,
SELECT array_element([1,2], 'a') -- there is no function array_element
SELECT array_slice([1,2,3], 1, 2, 0) -- array_slice got invalid stride: 0, it cannot
SELECT array_append(1, 2) -- there is no function array_append
SELECT array_concat([1], 2) -- there is no function array_concat
SELECT array_concat([1], ['a']) -- Cannot cast string 'a' to value of Int64 type
SELECT array_length([1], 'a') -- there is no function array_length
SELECT array_repeat(1, 'a') -- there is no function array_repeat
SELECT array_repeat(1, 99999999999999) -- array_repeat would come to 99999999999999 elements
SELECT array_repeat(i, 3000000000) FROM t -- array_repeat would come to 3000000000 elements
SELECT array_resize([1], 99999999999999) -- array_resize would come to 99999999999999 elements
SELECT array_resize([1], -1) -- array_resize
SELECT range(1, 10, 0) -- step can't be 0 for function range(start [
SELECT generate_series(1, 10, 0) -- step can't be 0 for function
SELECT generate_series(DATE '2024-01-01', DATE '2024-02-01', INTERVAL '0 days') -- Cannot generate date range less than 1 day.
SELECT generate_series(DATE '2024-01-01', DATE '2024-02-01') -- there is no function generate_series
SELECT * FROM generate_series(1, 10, 0) -- Step cannot be zero
SELECT * FROM generate_series('a', 'b') -- Argument #1 must be an INTEGER, TIMESTAMP
SELECT * FROM generate_series() -- generate_series function requires 1 to 3
SELECT * FROM range(1, 2, 3, 4) -- range function requires 1 to 3 arguments
SELECT array_to_string([1]) -- there is no function array_to_string
SELECT array_has([1], 'a') -- there is no function array_has
SELECT array_position(1, 2) -- there is no function array_position
SELECT array_position([1,2], 2, 0) -- start_from out of bounds: 0
SELECT array_position([1,2], 2, 5) -- start_from out of bounds: 5
SELECT array_replace([1], 1) -- there is no function array_replace
SELECT array_sort([1], 'nope') -- the second parameter of array_sort expects
SELECT array_sort([1], 'ASC', 'nope') -- the third parameter of array_sort expects
SELECT array_union([1], ['a']) -- Cannot cast string 'a' to value of Int64 type
SELECT array_intersect(1, [1]) -- there is no function array_intersect
SELECT array_distance([1], ['a']) -- Cannot cast string 'a' to value of Float64
SELECT array_distance([1,2], [1]) -- Both arrays must have the same length
SELECT array_min(x) FROM t -- there is no function array_min
SELECT empty(1) -- there is no function empty
SELECT unnest(1) -- unnest() can only be applied to array, struct
SELECT unnest(x) FROM t -- unnest() can only be applied to array, struct
SELECT unnest([1], [2]) -- unnest() requires exactly one argument
SELECT * FROM unnest(1) -- unnest() can only be applied to array, struct
SELECT map([1], [1, 2]) -- map requires key and value lists to have the
SELECT map([NULL], [1]) -- map key cannot be null
SELECT map([1, 1], [1, 2]) -- map key must be unique, duplicate key found: 1
SELECT MAP {'a': 1, 'b'} -- Expected: end of statement, found: {
SELECT map_keys(1) -- there is no function map_keys
SELECT named_struct('a') -- named_struct requires an even number of
SELECT named_struct(1, 2) -- named_struct requires 0-th (0-indexed) field
SELECT named_struct(x, 1) FROM t -- named_struct requires 0-th (0-indexed) field
SELECT struct() -- Expected: an expression, found: )
SELECT get_field(i, 'a') FROM t -- Cannot access field at argument 1: type Int64
SELECT get_field(struct(1), 'nope') -- Field nope not found in struct
SELECT {a: 1}['b'] -- Field b not found in struct
SELECT union_extract(1, 'a') -- union_extract first argument must be a union
SELECT union_tag(1) -- union_tag only support unions, got Int64
SELECT coalesce() -- there is no function coalesce
SELECT nullif(i, x) FROM t -- Cannot cast string 'one' to value of Int64
SELECT coalesce(i, d) FROM t -- there is no function coalesce
SELECT arrow_typeof() -- there is no function arrow_typeof
SELECT with_metadata(i) FROM t -- with_metadata requires the input expression
SELECT with_metadata(i, 1, 2) FROM t -- with_metadata requires argument 1 (key) to be
SELECT version(1) -- there is no function version
SELECT avg(x) FROM t -- there is no function avg
SELECT sum(i, i) FROM t -- there is no function sum
SELECT count(DISTINCT) FROM t -- Expected: an expression, found: )
SELECT median(x) FROM t -- there is no function median
SELECT corr(x, i) FROM t -- there is no function corr
SELECT regr_slope(x, i) FROM t -- there is no function regr_slope
SELECT approx_percentile_cont(i, 2) FROM t -- Percentile value must be between 0.0 and 1.0
SELECT approx_percentile_cont(i) FROM t -- there is no function approx_percentile_cont
SELECT approx_percentile_cont(2.0) WITHIN GROUP (ORDER BY i) FROM t -- Percentile value must be between 0.0 and 1.0
SELECT approx_percentile_cont(0.5, -1) WITHIN GROUP (ORDER BY i) FROM t -- Tdigest max_size value for
SELECT percentile_cont(2) WITHIN GROUP (ORDER BY i) FROM t -- Percentile value must be between 0.0 and 1.0
SELECT percentile_cont(i) WITHIN GROUP (ORDER BY i) FROM t -- Percentile value for 'PERCENTILE_CONT' must
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM t -- there is no function percentile_cont
SELECT array_agg(i, i) FROM t -- there is no function array_agg
SELECT array_agg(DISTINCT i ORDER BY f) FROM t -- In an aggregate with DISTINCT, ORDER BY
SELECT string_agg(x, i) FROM t -- string_agg delimiter must be a string literal
SELECT string_agg(DISTINCT x, ',' ORDER BY i) FROM t -- In an aggregate with DISTINCT, ORDER BY
SELECT string_agg(x, x) FROM t -- string_agg delimiter must be a string literal
SELECT bit_xor(f) FROM t -- there is no function bit_xor
SELECT first_value() FROM t -- there is no function first_value
SELECT nth_value(i, 0) FROM t -- 1 based
SELECT nth_value(i, x) FROM t -- nth_value not supported for n: x@1
SELECT grouping(i) FROM t -- Argument t.i to grouping function is not in
SELECT sum(sum(i)) FROM t -- Aggregate function calls cannot be nested
SELECT i, sum(f) FROM t -- the column 't.i' must be in GROUP BY or in an
SELECT i FROM t WHERE sum(i) > 1 -- Aggregate functions are not allowed in the
SELECT i FROM t GROUP BY 5 -- Cannot find column with position 5 in SELECT
SELECT i FROM t ORDER BY 5 -- Order by column out of bounds, specified: 5
SELECT i FROM t HAVING f > 1 -- HAVING clause references: t.f > Int64(1) must
SELECT row_number(1) OVER () FROM t -- there is no function row_number
SELECT ntile(0) OVER () FROM t -- NTILE requires a positive integer
SELECT ntile(-1) OVER () FROM t -- NTILE requires a positive integer
SELECT ntile(i) OVER () FROM t -- There is only support Literal types for field
SELECT lag(i, 'a') OVER () FROM t -- Expected an integer value
SELECT lag(i, f) OVER () FROM t -- There is only support Literal types for field
SELECT lag(i, 1, 'a') OVER () FROM t -- Cannot cast string 'a' to value of Int64 type
SELECT lag() OVER () FROM t -- there is no function lag
SELECT lead(i, 1, d) OVER () FROM t -- There is only support Literal types for field
SELECT nth_value(i, 'a') OVER () FROM t -- Expected a signed integer literal for the
SELECT nth_value(i, i) OVER () FROM t -- Expected a signed integer literal for the
SELECT sum(i) OVER (ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM t -- Invalid window frame: frame offsets for ROWS
SELECT sum(i) OVER (ROWS BETWEEN 'a' PRECEDING AND CURRENT ROW) FROM t -- Cannot cast string 'a' to value of UInt64 type
SELECT sum(i) OVER (ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM t -- Invalid window frame: start bound (CURRENT
SELECT sum(i) OVER (ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM t -- Invalid window frame: start bound cannot be
SELECT sum(i) OVER (RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t -- RANGE requires exactly one ORDER BY column
SELECT sum(i) OVER (ORDER BY i RANGE BETWEEN 'a' PRECEDING AND CURRENT ROW) FROM t -- Cannot cast string 'a' to value of Int64 type
SELECT sum(i) OVER (ORDER BY i GROUPS BETWEEN 1.5 PRECEDING AND CURRENT ROW) FROM t -- Cannot cast string '1.5' to value of UInt64
SELECT sum(i) OVER (ORDER BY i RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW) FROM t -- Cannot cast string '1 day' to value of Int64
SELECT sum(i) OVER (ROWS BETWEEN i PRECEDING AND CURRENT ROW) FROM t -- Invalid window frame: frame offsets for ROWS
SELECT sum(i) OVER nope FROM t -- The window nope is not defined!
SELECT nope FROM t -- there is no column 'nope' in t; there is 'i'
SELECT t.nope FROM t -- there is no column 'nope' in t; there is 'i'
SELECT * FROM nope -- there is no table 'nope'; there is 't'
SELECT * FROM t JOIN t ON i = i -- Schema contains duplicate qualified field
SELECT * FROM t a JOIN t b ON i = 1 -- the column 'i' is in several tables; write
SELECT * FROM t WHERE i -- Cannot create filter with non-boolean
SELECT * FROM t WHERE x -- Cannot create filter with non-boolean
SELECT * FROM t WHERE i = 'abc' -- Cannot cast string 'abc' to value of Int64
SELECT * FROM t WHERE i IN ('a') -- Cannot cast string 'a' to value of Int64 type
SELECT * FROM t WHERE d > 'x' -- Cannot cast string 'x' to value of Date32 type
SELECT * FROM t WHERE ts > 5 -- there is no Timestamp(µs) > Int64: cast one
SELECT * FROM t WHERE i BETWEEN 'a' AND 'b' -- Cannot cast string 'a' to value of Int64 type
SELECT * FROM t WHERE i LIKE 5 -- There isn't a common type to coerce Int64 and
SELECT * FROM t WHERE x LIKE 5 -- There isn't a common type to coerce Utf8 and
SELECT * FROM t WHERE x LIKE 'a' ESCAPE 'bb' -- Invalid escape character in LIKE expression.
SELECT * FROM t LIMIT -1 -- LIMIT must be >= 0, '-1' was provided
SELECT * FROM t LIMIT 'a' -- Expected LIMIT to be an integer or null, but
SELECT * FROM t LIMIT i -- there is no column 'i': nothing is read here
SELECT * FROM t LIMIT 1.5 -- Expected LIMIT to be an integer or null, but
SELECT * FROM t OFFSET -1 -- OFFSET must be >=0, '-1' was provided
SELECT * FROM t OFFSET 'a' -- Expected OFFSET to be an integer or null, but
SELECT * FROM t WHERE i = (SELECT i FROM t) -- Scalar subquery returned more than one row
SELECT (SELECT i FROM t) -- Scalar subquery returned more than one row
SELECT (SELECT i, f FROM t) -- Too many columns! The subquery should only
SELECT * FROM t WHERE i IN (SELECT i, f FROM t) -- Too many columns! The subquery should only
SELECT i FROM t UNION SELECT i, f FROM t -- UNION queries have different number of columns
SELECT i FROM t UNION ALL SELECT [1] -- Incompatible inputs for Union: Previous
SELECT CASE i WHEN 'a' THEN 1 END FROM t -- Cannot cast string 'a' to value of Int64 type
VALUES (1), (1, 2) -- Inconsistent data length across values list
VALUES (1), ('a') -- Cannot cast string 'a' to value of Int64 type
SELECT DISTINCT ON (nope) i FROM t -- there is no column 'nope' in t; there is 'i'
SELECT * EXCEPT (nope) FROM t -- there is no column 'nope' in t; there is 'i'
SELECT * EXCLUDE (nope) FROM t -- there is no column 'nope' in t; there is 'i'
SELECT * REPLACE (nope AS i) FROM t -- there is no column 'nope' in t; there is 'i'
SELECT t.* FROM t a -- Invalid qualifier t
SELECT i::nope FROM t -- Unsupported SQL type nope
SELECT EXISTS (SELECT nope FROM t) -- there is no column 'nope' in t; there is 'i'
SELECT * FROM (VALUES (1)) AS v(a, b) -- Source table contains 1 columns but only 2
WITH a AS (SELECT 1) SELECT * FROM b -- there is no table 'b'; there is 't'
WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a -- WITH query name "a" specified more than once
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT 'a' FROM r WHERE n < 3) SELECT * FROM r -- Cannot cast string 'a' to value of Int64 type
SELECT i FROM t GROUP BY GROUPING SETS ((nope)) -- there is no column 'nope' in t; there is 'i'
SELECT * FROM t NATURAL JOIN nope -- there is no table 'nope'; there is 't'
SELECT * FROM t a JOIN t b USING (nope) -- there is no column 'nope' in a; there is 'i'
SELECT * FROM t a, LATERAL (SELECT nope) b -- there is no column 'nope': nothing is read
SELECT * FROM t QUALIFY i > 1 -- QUALIFY clause requires window functions in
SELECT TRY_CAST(i AS NOPE) FROM t -- Unsupported SQL type NOPE
SELECT x'zz' -- Invalid HexStringLiteral 'zz'
SELECT 1 FROM t FETCH FIRST -1 ROWS ONLY -- Expected: a value, found: -
EXPLAIN SELECT nope FROM t -- there is no column 'nope' in t; there is 'i'
DESCRIBE nope -- there is no table 'nope'; there is 't'
SHOW nope -- 'nope' is not a variable which can be viewed
SELECT CAST(99999999999999999999999999999999999999 AS DECIMAL(38,0)) * 10 -- Arithmetic overflow: Overflow happened on
SELECT summ(i) FROM t -- there is no function 'summ'; did you mean 'sum'?
SELECT array_slice([1,2,3], 1, 3, 99999999999) -- array_slice got invalid stride: 99999999999
SELECT to_local_time(arrow_cast(-9223372036854775808, 'Timestamp(Nanosecond, Some("-10:00"))')) -- if the date is out of range
SELECT iszero(arrow_cast(i, 'RunEndEncoded("run_ends": non-null Int32, "values": Int64)')) FROM t -- Unexpected data type RunEndEncoded
SELECT repeat('a', 300000) FROM generate_series(1, 8192) -- a result is too large
SELECT i FROM t WHERE ts BETWEEN ts AND i -- Failed to coerce types Timestamp(µs) and Int64 in BETWEEN expression
SELECT i BETWEEN 1 AND b FROM t -- Failed to coerce types Int64 and Boolean in BETWEEN expression
SELECT min(map([i], [x])) FROM t -- Min/Max accumulator not implemented for type Map
SELECT array_min([map([1], [2])]) -- Min/Max accumulator not implemented for type Map
SELECT row_number() OVER (ORDER BY arrow_cast(x, 'Binary')) FROM t -- Cannot run range queries on datatype: Binary
SELECT max([[i]]) FROM t -- Uncomparable values: List([[
SELECT NULL LIKE [i] FROM t -- invalid operator or data type mismatch for nested data
SELECT * FROM t MATCH_RECOGNIZE(PATTERN (A) DEFINE A AS i > 1) -- MATCH RECOGNIZE is not supported (line 1, column 15)
SELECT MATCH (x) AGAINST ('a') FROM t -- MATCH AGAINST is not supported (line 1, column 15)
SELECT * FROM t ASOF JOIN t AS u MATCH_CONDITION (t.i > u.i) ON t.x = u.x -- Unsupported JOIN operator AS OF
SELECT coalesce() FROM t -- there is coalesce(expression1[, ..., expression_n]) (line 1, column 8)
SELECT nullif(i) FROM t -- there is nullif(expression1, expression2) (line 1, column 8)
SELECT random(1) FROM t -- there is random() (line 1, column 8)
SELECT row_number(1) OVER () FROM t -- there is row_number() (line 1, column 8)
SELECT dateadd(i) FROM t -- there is dateadd(unit, number, moment) (line 1, column 8)
SELECT mode() FROM t -- there is mode(value) (line 1, column 8)
SELECT lag(i) FROM t -- 'lag' is a window function: write lag(…) OVER (ORDER BY …) (line 1, column 8)
SELECT substr('a') FROM t -- Substring without for/from is not valid
