//! What the engine says, word for word: the fragments of its messages by which its errors are recognised.
//!
//! Each stands with a statement that makes the engine say it. A test runs them all, so an upgrade tells which of them it
//! worded otherwise. `t` is the table of that test.

/// Declares the fragments, and for the test each with its statement.
macro_rules! fragments {
    ($($(#[$doc:meta])+ $name:ident = $fragment:literal of $statement:literal;)+) => {
        $($(#[$doc])+ pub(in crate::engine) const $name: &str = $fragment;)+

        /// Each fragment, and a statement that makes the engine say it.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$(($fragment, $statement)),+];
    };
}

// Which kind of error it is: this comes first, and several may come one after the other.
fragments! {
    /// A statement cannot be planned.
    PLANNING = "Error during planning: " of "SELECT i FROM t GROUP BY 5";
    /// A name is there twice, or not at all.
    SCHEMA = "Schema error: " of "SELECT * FROM t JOIN t ON i = i";
    /// A function fails.
    EXECUTION = "Execution error: " of "SELECT chr(-1)";
    /// Arrow fails.
    ARROW = "Arrow error: " of "SELECT 1 / 0";
    /// The engine does not do that.
    UNIMPLEMENTED = "This feature is not implemented: " of "SELECT CAST('a' AS NOTYPE)";
    /// Another library fails, as the one for regular expressions.
    EXTERNAL = "External error: " of "SELECT regexp_like(x, '(') FROM t";
    /// Arrow fails to compute a value.
    COMPUTE = "Compute error: " of "SELECT regexp_like(x, bad) FROM t";
    /// A value is none of the type that it is to become.
    CAST = "Cast error: " of "SELECT CAST(x AS BIGINT) FROM t";
    /// An argument is not what a function of Arrow takes.
    ARGUMENT = "Invalid argument error: " of "SELECT CAST(99999 AS DECIMAL(3,1))";
    /// A text is no value of the type that it is to become.
    PARSER = "Parser error: " of "SELECT CAST(x AS TIMESTAMP) FROM t";
    /// The engine asserts what a statement decides: `Assertion failed: condition: message`.
    ASSERTION = "Assertion failed: " of "SELECT nth_value(i, 0) FROM t";

    /// In front of the line that the parser stopped at.
    LINE = " at Line: " of "SELECT 1 +";
    /// In front of the column, behind the line.
    COLUMN = ", Column: " of "SELECT 1 +";

    /// In front of a column that is neither grouped nor aggregated.
    UNGROUPED_COLUMN = "column \"" of "SELECT i, sum(f) FROM t";
    /// Behind that column.
    UNGROUPED = "\" must appear in the GROUP BY clause or must be part of an aggregate function" of
        "SELECT i, sum(f) FROM t";
    /// In front of a call of a function that does not take such arguments.
    NO_FUNCTION = "No function matches the given name and argument types '" of "SELECT strpos(x) FROM t";
    /// In front of what the function takes.
    CANDIDATES = "Candidate functions: " of "SELECT strpos(x) FROM t";
    /// In front of a name that several columns of a result have.
    TWICE = "Projections require unique expression names but the expression \"" of "SELECT *, * FROM t";
    /// In front of a function that there is not.
    NO_SUCH_FUNCTION = "Invalid function '" of "SELECT summ(i) FROM t";
    /// In front of the function that may have been meant.
    MEANT = "'. Did you mean '" of "SELECT summ(i) FROM t";
    /// In front of a comparison of what has no type in common.
    NO_COMPARISON = "Cannot infer common argument type for comparison operation " of "SELECT i FROM t WHERE ts > 5";
    /// What the type of truth values is called there.
    BOOLEAN = "Boolean" of "SELECT i FROM t WHERE b = ts";
    /// In front of a text that is no timestamp.
    NO_MOMENT = "Error parsing timestamp from '" of "SELECT to_timestamp(x) FROM t";
    /// A text is no date; which one, the engine does not say.
    NO_DATE = "Unable to cast to Date32" of "SELECT to_date('x')";

    /// In front of a part of a statement that the engine does not know.
    UNKNOWN_NODE = "Unsupported ast node " of "SELECT * FROM t MATCH_RECOGNIZE(PATTERN (A) DEFINE A AS i > 1)";
    /// In front of a place in a statement, inside the dump of a part of it.
    PLACE = "Span(Location(" of "SELECT * FROM t MATCH_RECOGNIZE(PATTERN (A) DEFINE A AS i > 1)";

    /// In front of a regular expression that is none, and of what is wrong with it.
    NO_PATTERN = "regex parse error:" of "SELECT regexp_replace(x, '(', 'b') FROM t";
    /// Between that expression and what is wrong with it.
    WRONG_PATTERN = " error: " of "SELECT regexp_replace(x, '(', 'b') FROM t";
    /// In front of a regular expression that is none, or of why it is none.
    NOT_COMPILED = "Regular expression did not compile: " of "SELECT x SIMILAR TO '[' FROM t";
    /// A regular expression is too large, said by what Arrow calls.
    LARGE_PROGRAM = "CompiledTooBig(" of "SELECT regexp_like(x, 'a{1000}{1000}{1000}') FROM t";
    /// The same, said by what the engine calls, in front of how large one may be.
    LARGE_PATTERN = "Compiled regex exceeds size limit of " of
        "SELECT regexp_replace(x, 'a{1000}{1000}{1000}', '') FROM t";

    /// A list is to have less than no elements.
    NEGATIVE_SIZE = "failed to convert size" of "SELECT array_resize([1], -1)";
    /// The rows of a group count from 1.
    ZEROTH = "indices are 1 based" of "SELECT nth_value(i, 0) FROM t";
    /// A list is to be walked by more elements at once than one can have.
    STRIDE = "invalid stride" of "SELECT array_slice([1,2,3], 1, 3, 99999999999)";
    /// A timestamp is not between 1677 and 2262.
    LATE_DATE = "date is out of range" of
        "SELECT to_local_time(arrow_cast(-9223372036854775808, 'Timestamp(Nanosecond, Some(\"-10:00\"))'))";
    /// A function is called with a type that it does not know.
    UNKNOWN_TYPE = "nexpected data type" of
        "SELECT iszero(arrow_cast(i, 'RunEndEncoded(\"run_ends\": non-null Int32, \"values\": Int64)')) FROM t";
    /// A value is compared with bounds of which one has another type.
    NO_BOUND = "in BETWEEN expression" of "SELECT i FROM t WHERE ts BETWEEN ts AND i";
    /// The smallest of values that have no order.
    NO_ORDER = "not implemented for type" of "SELECT min(map([i], [x])) FROM t";
    /// A window over rows in an order that has no distances.
    NO_DISTANCE = "Cannot run range queries on datatype" of
        "SELECT row_number() OVER (ORDER BY arrow_cast(x, 'Binary')) FROM t";
    /// The largest of lists whose elements have no order.
    UNCOMPARABLE = "Uncomparable values" of "SELECT max([[i]]) FROM t";
    /// A text is expected, and there is a list.
    NO_TEXT = "data type mismatch for nested data" of "SELECT NULL LIKE [i] FROM t";

    /// A panic: there is no room for what a text is to be padded to.
    CAPACITY = "capacity overflow" of "SELECT lpad(x, n) FROM (SELECT x, min(i) AS n FROM t GROUP BY x)";
    /// A panic: the texts of a column would be longer than 2 GiB together.
    OFFSET = "offset overflow" of "SELECT repeat('a', 300000) FROM generate_series(1, 8192)";
}
